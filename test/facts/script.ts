/** A module of scripts/facts. The scripts are plain JavaScript without types. */
// biome-ignore lint/suspicious/noExplicitAny: plain JavaScript
export const script = (name: string): Promise<any> =>
  import(new URL(`../../scripts/facts/${name}`, import.meta.url).href);

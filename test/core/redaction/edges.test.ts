import { describe, expect, it } from 'vitest';
import { isTelling } from '../../../src/core/redaction/accounts.ts';
import { canBeVersion, ipv4, isHardware, isIpv6, isPrivate } from '../../../src/core/redaction/addresses.ts';
import { applyFindings, SECRET } from '../../../src/core/redaction/findings.ts';
import { canBeHost, isPublicHost, looksLikeHost } from '../../../src/core/redaction/hostNames.ts';
import { eachPath, isPublicPath } from '../../../src/core/redaction/pathRedaction.ts';
import { makeRedactor } from '../../../src/core/redaction/redact.ts';
import { kindOfName } from '../../../src/core/redaction/secretNames.ts';
import { shellCommands } from '../../../src/core/redaction/shell.ts';
import { looksRandom, tokenEnd } from '../../../src/core/redaction/tokenShapes.ts';

describe('edges of what redaction knows', () => {
  it.each([
    ['0.0.0.0', true],
    ['255.255.255.255', true],
    ['1.2.3', false],
    ['1.2.3.4.5', false],
    ['1.2.3.256', false],
    ['01.2.3.4', false],
    ['1.2.3.', false],
    ['1.2.3.a', false],
  ])('IPv4 %s', (text, is) => expect(ipv4(text) !== undefined).toBe(is));

  it.each([
    ['10.0.0.1', true],
    ['11.0.0.1', false],
    ['172.15.0.1', false],
    ['172.16.0.1', true],
    ['172.31.0.1', true],
    ['172.32.0.1', false],
    ['192.168.0.1', true],
    ['192.169.0.1', false],
    ['169.254.0.1', true],
    ['100.63.0.1', false],
    ['100.64.0.1', true],
    ['100.127.0.1', true],
    ['100.128.0.1', false],
  ])('private %s', (text, is) => expect(isPrivate(ipv4(text)!)).toBe(is));

  it('versions have small numbers', () => {
    expect(canBeVersion(ipv4('1.2.3.99')!)).toBe(true);
    expect(canBeVersion(ipv4('1.2.3.100')!)).toBe(false);
    expect(canBeVersion(ipv4('10.2.3.4')!)).toBe(false);
  });

  it.each([
    ['fe80::1', true],
    ['fd12:3456:789a::42', true],
    ['2001:db8:0:0:0:0:0:1', true],
    ['::ffff:10.0.0.1', true],
    ['2001:db8:0:0:0:0:0:0:1', false],
    ['::1', false],
    ['cafe::bad', false],
    ['1::2', false],
    ['12:34:56', false],
    ['2001:db8::1::2', false],
    ['20011:db8::1', false],
    ['fe80::g1', false],
    ['fe80:', false],
  ])('IPv6 %s', (text, is) => expect(isIpv6(text)).toBe(is));

  it.each([
    ['02:42:ac:11:00:02', ':', true],
    ['02:42:ac:11:00', ':', false],
    ['02:42:ac:11:00:2', ':', false],
    ['02-42-ac-11-00-02', '-', true],
    ['02-42-11-11-00-02', '-', false],
  ] as const)('hardware %s', (text, mark, is) => expect(isHardware(text, mark)).toBe(is));

  it.each([
    ['db1.acme.net', true],
    ['acme.com', true],
    ['acme.net', false],
    ['a.b.c.de', true],
    ['com.acme.net', false],
    ['1.2.com', false],
    ['x..com', false],
    ['-a.com', false],
    ['my.module.test', false],
    ['db1.corp.test', true],
    ['a.b.c.test', true],
    ['x.service', false],
    ['libc.so.6', false],
    ['a.internal', true],
  ])('host %s', (text, is) => expect(looksLikeHost(text)).toBe(is));

  it('names of files are hosts only with three labels', () => {
    expect(looksLikeHost('acme.com', true)).toBe(false);
    expect(looksLikeHost('www.acme.com', true)).toBe(true);
  });

  it.each([
    ['build7', true],
    ['x86_64-linux-gnu', false],
    ['aarch64-apple-darwin', false],
    ['0x10', false],
    ['1.2', false],
    ['true', false],
    ['localhost', false],
    ['a', true],
    ['a-', false],
    ['12', false],
  ])('can be a host: %s', (text, is) => expect(canBeHost(text)).toBe(is));

  it('knows the machines of everybody', () => {
    for (const host of ['github.com', 'GitHub.com', 'ftp2.de.debian.org', 'localhost', 'registry.npmjs.org'])
      expect(isPublicHost(host)).toBe(true);
    for (const host of ['user.github.io', 'notgithub.com', 'git.acme.com', 'debian.org.acme.com', 'proxy'])
      expect(isPublicHost(host)).toBe(false);
  });

  it.each([
    ['password', 'secret'],
    ['DB_PASSWORD2', 'secret'],
    ['dbPassword', 'secret'],
    ['--api-key', 'secret'],
    ['APIKEY', 'secret'],
    ['-Ddb.pass', 'secret'],
    ['private_key_id', 'secret'],
    ['_authToken', 'secret'],
    ['X-Amz-Signature', 'secret'],
    ['DEPLOY_KEY', 'secret'],
    ['API_KEY_PROD', 'secret'],
    ['Authorization', 'authorization'],
    ['Set-Cookie', 'cookie'],
    ['user.name', 'identity'],
    ['GIT_AUTHOR_EMAIL', 'identity'],
    ['username', 'user'],
    ['LOGNAME', 'user'],
    ['PGHOST', 'host'],
    ['hostname', 'host'],
    ['serial', 'serial'],
    ['PASSWORD_LEN', undefined],
    ['token_type', undefined],
    ['max_tokens', undefined],
    ['secret-file', undefined],
    ['public_key', undefined],
    ['sort_key', undefined],
    ['monkey', undefined],
    ['compass', undefined],
    ['keyboard', undefined],
    ['bypass', undefined],
    ['-p', undefined],
    ['tokenizer', undefined],
    ['PATH', undefined],
    ['key', undefined],
  ])('the name %s', (name, kind) => expect(kindOfName(name)).toBe(kind));

  it('tells tokens and random words', () => {
    expect(tokenEnd('ghp_abcd', 0)).toBe(8);
    expect(tokenEnd('ghp_abc', 0)).toBe(-1);
    expect(tokenEnd('x', 0)).toBe(-1);
    expect(tokenEnd('ghp_abcd-x', 0)).toBe(8);
    const random = (text: string): boolean => looksRandom(text, 0, text.length);
    expect(random('k9XzQ2mPa7RtB4wVn8Lc')).toBe(true);
    expect(random('k9XzQ2mPa7RtB4wVn8L')).toBe(false);
    expect(random('k9xzq2mpa7rtb4wvn8lc')).toBe(false);
    expect(random('0123456789abcdefABCDEF01')).toBe(false);
    expect(random('CamelCaseIdentifierWith2Numbers')).toBe(false);
  });

  it('knows names that say something', () => {
    expect(isTelling('zaphod')).toBe(true);
    for (const name of ['ab', 'lib', 'Main', 'root', '1000', '10.0.0.1', 'x'.repeat(254)])
      expect(isTelling(name)).toBe(false);
  });

  it('puts the outer one of two findings, and a secret over two that overlap', () => {
    const at = (start: number, end: number, shown: string) => ({ start, end, shown });
    expect(applyFindings('abcdef', [at(1, 2, 'x'), at(0, 4, 'OUT'), at(2, 3, 'y')])).toBe('OUTef');
    expect(applyFindings('abcdef', [at(3, 5, 'x'), at(1, 4, 'y')])).toBe(`a${SECRET}f`);
    expect(applyFindings('abcdef', [at(1, 2, 'x'), at(2, 3, 'y')])).toBe('axydef');
  });

  it('finds paths in texts', () => {
    const show = (path: string): string => `<${path}>`;
    expect(eachPath('cc -I/a/b --x=/c d/e f.c g.abcdef', true, show)).toBe(
      'cc -I</a/b> --x=</c> <d/e> <f.c> g.abcdef',
    );
    expect(eachPath('d/e f.c x:/y a)/b ~/c', false, show)).toBe('d/e f.c x:</y> a)/b ~/c');
    expect(isPublicPath('/usr/lib/x')).toBe(true);
    for (const path of ['/usr/local/x', '/usr/lib/../../home/x', '/usrlib/x', '/home/usr/lib'])
      expect(isPublicPath(path)).toBe(false);
  });

  it('splits scripts as a shell does', () => {
    const words = (script: string) =>
      shellCommands(script).map((command) => command.words.map(({ value }) => value));
    expect(words(`a 'b c' "d \\"e" f\\ g; h|i && { j; } # k`)).toEqual([
      ['a', 'b c', 'd "e', 'f g'],
      ['h'],
      ['i'],
      ['j'],
    ]);
    expect(words('x=$(y z) >f 2>&1 <in w')).toEqual([['x='], ['y', 'z'], ['w']]);
    const [first] = shellCommands('cat <<A >f\nb c\nA\nd');
    expect(first!.redirects.map(({ value }) => value)).toEqual(['f']);
    expect(first!.inputs).toEqual([{ start: 11, end: 14 }]);
    expect(shellCommands('(a; b) | c').map(({ piped }) => piped)).toEqual([true, true, false]);
  });

  it('takes a part of a URL for a key only where digits are in it', () => {
    const { text } = makeRedactor();
    expect(text('https://github.com/x/token/abcdefghij/y')).toBe('https://github.com/x/token/abcdefghij/y');
    expect(text('https://github.com/x/token/abcdefgh77/y')).toBe('https://github.com/x/token/[secret]/y');
  });
});

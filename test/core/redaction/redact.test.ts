import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeRedactor, type RedactOptions } from '../../../src/core/redaction/redact.ts';
import { NameFinder } from '../../../src/core/redaction/redactNames.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { TraceSummary } from '../../../src/core/strace/grammar/event.ts';
import { dialect, made, render } from '../strace/dialect.ts';

const folder = fileURLToPath(new URL('../strace/golden/', import.meta.url));

function redact(text: string, options: RedactOptions = {}): string {
  const redactor = makeRedactor(options);
  return text
    .split('\n')
    .map((line) => redactor.line(line))
    .join('\n');
}

/** What verdicts depend on. */
function essence(text: string): unknown {
  const reader = new TraceReader();
  reader.push(new TextEncoder().encode(text));
  const { calls, unparsedSamples, ...rest }: TraceSummary = reader.end();
  return {
    ...rest,
    calls: calls.map(({ call, outcome, count, first }) => ({
      call,
      outcome,
      count,
      line: first.line,
      pid: first.pid,
    })),
    unparsed: unparsedSamples.map(({ line }) => line),
  };
}

const styles = fc.constantFrom<RedactOptions>(
  {},
  { paths: 'relative', cwd: '/home/ann/project' },
  { paths: 'hash', salt: 'x', users: ['a', 'read'], hosts: ['box'] },
);

describe('a redacted trace', () => {
  it('parses to the same events', () => {
    fc.assert(
      fc.property(made, dialect, styles, (events, how, options) => {
        const text = render(events, how, new Map());
        expect(essence(redact(text, options))).toEqual(essence(text));
      }),
      { numRuns: 300 },
    );
  });

  it.each(readdirSync(folder).filter((name) => name.endsWith('.strace')))('does so for %s', (name) => {
    const text = readFileSync(folder + name, 'utf8');
    for (const options of [{}, { paths: 'hash' as const }]) {
      expect(essence(redact(text, options))).toEqual(essence(text));
    }
  });

  it('holds no planted secret', () => {
    const secrets = [
      'hunter2planted',
      'ghp_plantedAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      'AKIAPLANTED123456789',
      'eyJwbGFudGVk.eyJwbGFudGVk.c2lnbmF0dXJl',
      'annplanted',
      'buildhost-planted',
      '203.0.113.77',
      '2001:db8::77',
      'plantedcontent',
    ];
    const text = [
      '7 execve("/usr/bin/curl", ["curl", "-u", "bob:hunter2planted", "--password", "hunter2planted", "--token=hunter2planted", "-H", "Authorization: Bearer hunter2planted", "https://bob:hunter2planted@example.org/"], ["HOME=/home/annplanted", "TOKEN=hunter2planted"]) = 0',
      '7 execve("/bin/x", ["x", "ghp_plantedAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AKIAPLANTED123456789", "eyJwbGFudGVk.eyJwbGFudGVk.c2lnbmF0dXJl"], 0x7ffd /* 9 vars */) = 0',
      '7 execve(filename="/bin/x", argv=["x", "--token", "hunter2planted"], envp=["TOKEN=hunter2planted"]) = 0',
      '7 sethostname("buildhost-planted", 17) = -1 EPERM (Operation not permitted)',
      '7 uname({sysname="Linux", nodename="buildhost-planted", release="6.1.0"}) = 0',
      '7 openat(AT_FDCWD</home/annplanted/p>, "/home/annplanted/p/x", O_RDONLY) = 3</home/annplanted/p/x>',
      '7 read(3, "plantedcontent) = 5"..., 4096) = 19',
      '7 write(1, "plantedcontent\\n", 15plantedcontent',
      ')                = 15',
      '7 sendto(3, "plantedcontent"..., 99, MSG_NOSIGNAL <unfinished ...>',
      '7 <... sendto resumed>, NULL, 0) = 99',
      '7 recvfrom(3,  <unfinished ...>',
      '7 <... recvfrom resumed>"plantedcontent", 99, 0, NULL, NULL) = 14',
      '7 writev(1, [{iov_base="plantedcontent", iov_len=14}], 1) = 14',
      '7 connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("203.0.113.77")}, 16) = 0',
      '7 connect(4<TCPv6:[[2001:db8::77]:80->[2001:db8::77]:443]>, {sa_family=AF_INET6, inet_pton(AF_INET6, "2001:db8::77", &sin6_addr)}, 28) = -1 EPERM (Operation not permitted)',
      '7 write(5<TCP:[203.0.113.77:1->203.0.113.77:2]>, "\\x70lantedcontent", 14) = 14',
      '7 open("/home/annplanted/.netrc", O_RDONLY) = -1 ENOENT (No such file or directory)',
      '7 stat("/srv/annplanted/buildhost-planted.log", 0x7f) = -1 ENOENT (No such file or directory)',
      'plantedcontent from the program itself',
      '7 write(1, "plantedcontent',
    ].join('\n');
    for (const options of [{}, { paths: 'relative' as const }, { paths: 'hash' as const }]) {
      const shown = redact(text, options);
      for (const secret of secrets) expect(shown).not.toContain(secret);
      expect(essence(shown)).toEqual(essence(text));
    }
    expect(redact(text)).toContain('"/home/user/p/x", O_RDONLY) = 3</home/user/p/x>');
    expect(redact(text)).toContain('"curl", "-u", "[secret]"');
  });

  it('holds nothing private of any call that can carry it', () => {
    // Whatever should not be seen is called planted, or is an address of the ranges for documentation.
    const text = readFileSync(new URL('planted.strace', import.meta.url), 'utf8');
    const names = new NameFinder();
    for (const line of text.split('\n')) names.add(line);
    for (const paths of ['keep', 'relative', 'hash'] as const) {
      const shown = redact(text, { ...names.found, paths, salt: 'x' });
      const left = /planted|192\.0\.2\.|198\.51\.|203\.0\.|2001:db8|:71:02|:ee:62|-ee-88|0xee, 0x86/;
      expect(shown.split('\n').filter((line) => left.test(line))).toEqual([]);
      expect(essence(shown)).toEqual(essence(text));
    }
  });

  it('hides what options say without taking harmless ones for secrets', () => {
    const command =
      'docker login -u ann -p pw1 reg && mysql -ppw2 db && sort -u list.txt && mkdir -p a/b && ssh -p 22 h && x -u a:b y -u 1:2 && sh -c "curl -sSu a:b http://x/?sig=s1"';
    expect(makeRedactor().command(command)).toBe(
      'docker login -u user -p [secret] host && mysql -p[secret] db && sort -u list.txt && mkdir -p a/b && ssh -p 22 host && x -u [secret] y -u 1:2 && sh -c "curl -sSu [secret] http://host/?sig=[secret]"',
    );
  });

  it('hides hosts of one network and of ssh, what is piped into a login, and who git says one is', () => {
    const cases = [
      ['psql -h db.shop.internal host=db.corp', 'psql -h host host=host'],
      ['scp -r box:/x localhost:/y ./a:b C:', 'scp -r host:/x localhost:/y ./a:b C:'],
      [
        'rsync -a nas::backup rsync://a/b https://x.org/y',
        'rsync -a host::backup rsync://host/b https://x.org/y',
      ],
      ['ssh -4p 22 -i k -v box ls box2', 'ssh -4p 22 -i k -v host ls box2'],
      ['apt install ssh openssl', 'apt install ssh openssl'],
      ['git clone git@git.corp:me/x.git', 'git clone git@host:me/x.git'],
      ['git config user.name Ada', 'git config user.name user'],
      [
        'sh -c "echo -n s1 | docker login --password-stdin"',
        'sh -c "echo -n [secret] | docker login --password-stdin"',
      ],
      ['sh -c "echo $T | sudo -S ls; echo a | cat"', 'sh -c "echo $T | sudo -S ls; echo a | cat"'],
      ['tar -C x.local -f my.internal.d/a y.corporate', 'tar -C x.local -f my.internal.d/a y.corporate'],
    ] as const;
    for (const [said, shown] of cases) {
      expect(
        makeRedactor()
          .words(said.split(/ (?=(?:[^"]*"[^"]*")*[^"]*$)/))
          .join(' '),
      ).toBe(shown);
    }
    expect(redact('7 mount("//nas/share", "/mnt", "cifs", 0, NULL) = 0')).toContain('"//host/share", "/mnt"');
    expect(redact('7 mount("nas:/x", "/mnt", "nfs", 0, NULL) = 0')).toContain('"host:/x", "/mnt"');
    const ssh = '7 execve("/usr/bin/ssh", ["ssh", "-o", "A=b", "box", "ls"], 0x7ff) = 0';
    expect(redact(ssh)).toBe(ssh.replace('box', 'host'));
  });

  it('looks into quotes within quotes', () => {
    const text =
      '7 execve("/bin/sh", ["sh", "-c", "curl -u \'bob:s1 s2\' x; DB_PASSWORD=\'s3 s4\' \'[\' -e x"], 0x1) = 0\n7 exit_group(0) = ?';
    const reader = new TraceReader();
    reader.push(new TextEncoder().encode(text));
    const command = reader.end().calls.find(({ call }) => call.name === 'exit_group')!.first.command!;
    expect(makeRedactor().command(command)).toBe(
      "sh -c 'curl -u '\\''[secret]'\\'' host; DB_PASSWORD='\\''[secret]'\\'' '\\''['\\'' -e x'",
    );
    expect(makeRedactor().command("'[' -x 'a b' ]")).toBe("'[' -x 'a b' ]");
  });

  it('takes a script for what it is, and names of packages for no mail', () => {
    for (const word of [
      'sh -c "make install"',
      'npm install zlib@next @types/node@20 react@canary',
      'docker pull alpine@sha256:0123 https://registry.npmjs.org/x',
      'x --passphrase --verbose ssh://git@github.com/a',
    ]) {
      const shown = makeRedactor().command(word);
      expect(shown.replace('[secret]@', 'git@')).toBe(word);
    }
    expect(makeRedactor().words(['sh', '-c', 'TOKEN=a make all'])).toEqual([
      'sh',
      '-c',
      'TOKEN=[secret] make all',
    ]);
    const path = '7 open("/go/pkg/mod/x/y@v1.2.3/z.go", O_RDONLY) = 3';
    expect(redact(path)).toBe(path);
  });

  it('keeps in hashed paths what tells a program that Zig built, and Zig', () => {
    const built = 'o/0123456789abcdef0123456789abcdef/';
    const { words } = makeRedactor({ paths: 'hash', salt: 'x' });
    const [program, other, zig, twice] = words([
      `.zig-cache/${built}secret`,
      `/tmp/my-zigs/p/${built}secret`,
      '/opt/secret/zig',
      ...words([`/tmp/my-zigs/p/${built}secret`]),
    ]);
    expect(program).toMatch(/^\.zig-cache\/o\/0123456789abcdef0123456789abcdef\/[0-9a-f]{10}$/);
    expect(other).toMatch(/^\/tmp\/zig-[0-9a-f]{10}\/[0-9a-f]{10}\/o\/0123456789abcdef0123456789abcdef\//);
    expect(zig).toMatch(/^\/opt\/[0-9a-f]{10}\/zig$/);
    expect(twice).toBe(other);
  });

  it('knows a user whose name is not ASCII, and writes the rest of a path in bytes again', () => {
    const line = '7 openat(AT_FDCWD, "/home/m\\303\\274ller/\\303\\244", O_RDONLY) = 3</srv/m\\303\\274ller>';
    const names = new NameFinder();
    names.add(line);
    expect(names.found.users).toEqual(['müller']);
    expect(redact(line, names.found)).toBe(
      '7 openat(AT_FDCWD, "/home/user/\\xc3\\xa4", O_RDONLY) = 3</srv/user>',
    );
  });

  it('keeps folders that are only called like a home', () => {
    const line = '7 openat(AT_FDCWD, "src/pages/home/index.ts", O_RDONLY) = 3';
    expect(redact(line)).toBe(line);
  });

  it('hashes relative paths alike in calls and command lines, and by the salt', () => {
    const text =
      '7 execve("/usr/bin/cc", ["cc", "-Iinc/acme", "-c", "src/acme.c"], 0x1) = 0\n7 openat(AT_FDCWD, "src/acme.c", O_RDONLY) = 3';
    const [one, other] = [
      redact(text, { paths: 'hash', salt: 'a' }),
      redact(text, { paths: 'hash', salt: 'b' }),
    ];
    expect(one).not.toContain('acme');
    expect(one).not.toBe(other);
    const [, source] = /"-c", "([^"]+)"/.exec(one)!;
    expect(one).toContain(`openat(AT_FDCWD, "${source}"`);
  });

  it('keeps what is not private', () => {
    const text =
      '7 openat(AT_FDCWD, "/usr/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY|O_CLOEXEC) = 3\n' +
      '7 fchmodat2(AT_FDCWD, "bin/build", 0755, AT_SYMLINK_NOFOLLOW) = -1 EPERM (Operation not permitted)\n' +
      '7 connect(3, {sa_family=AF_INET, sin_addr=inet_addr("127.0.0.1")}, 16) = 0';
    expect(redact(text, { paths: 'relative' })).toBe(text);
  });

  it('shows paths as asked', () => {
    const line = '7 openat(AT_FDCWD, "/srv/ci/job/src/main.zig", O_RDONLY) = 3';
    const cwd = '/srv/ci/job';
    expect(redact(line, { paths: 'relative', cwd })).toContain('"./src/main.zig"');
    expect(redact(line, { paths: 'hash', cwd })).toMatch(/"\/srv\/\w{10}\/\w{10}\/\w{10}\/\w{10}\.zig"/);
    expect(redact(line, { paths: 'keep', cwd })).toBe(line);
  });
});

describe('a strictly redacted trace', () => {
  const strict = { strict: true, salt: 'x' };

  it('shows nothing of commands but the program, and no private name', () => {
    const text = [
      '7 execve("/usr/bin/make", ["make", "-C", "acme", "all"], ["A=b"]) = 0',
      '7 openat(AT_FDCWD, "acme/x.c", O_RDONLY) = 3</srv/acme/x.c>',
      '7 openat(AT_FDCWD, "/usr/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY) = 3',
      '7 prctl(PR_SET_NAME, "acme") = 0',
      '7 memfd_create("acme", 0) = 3',
      '7 setxattr("/srv/acme", "user.acme", "acme", 4, 0) = 0',
      '7 mount("/srv/acme", "/proc", "proc", 0, "acme=1") = -1 EPERM (Operation not permitted)',
      '7 uname({sysname="Linux", nodename="acme", release="6.1.0", version="#1", machine="x86_64"}) = 0',
    ];
    const shown = redact(text.join('\n'), strict).split('\n');
    expect(shown.join('\n')).not.toContain('acme');
    expect(shown[0]).toBe(
      '7 execve("/usr/bin/make", ["make", "[hidden]", "[hidden]", "[hidden]"], ["A=[hidden]"]) = 0',
    );
    expect(shown[2]).toBe(text[2]);
    expect(shown[6]).toMatch(
      /^7 mount\("\/srv\/[0-9a-f]{10}", "\/proc", "proc", 0, "\[6 bytes\]"\) = -1 EPERM/,
    );
    expect(shown[7]).toBe(text[7]!.replace('acme', 'host'));
  });

  it('shows of a command line the program', () => {
    const redactor = makeRedactor(strict);
    expect(redactor.command('/usr/bin/cc -o x x.c')).toBe(
      "/usr/bin/cc '[hidden]' '[hidden]' '[hidden]'".replaceAll("'", ''),
    );
    expect(redactor.command('make "x')).toBe('[hidden]');
    expect(redactor.words(['cc', 'x.c'])).toEqual(['cc', '[hidden]']);
  });
});

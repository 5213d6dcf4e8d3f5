import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { makeRedactor, type RedactOptions } from '../../../src/core/redaction/redact.ts';
import { NameFinder } from '../../../src/core/redaction/redactNames.ts';

/** As `redact` does it: names first, then line by line. */
function redact(lines: readonly string[], options: RedactOptions = {}): string[] {
  const names = new NameFinder();
  for (const line of lines) names.add(line);
  const redactor = makeRedactor({ ...names.found, ...options });
  return lines.map((line) => redactor.line(line));
}

const quoted = (word: string): string => `"${word.replace(/[\\"]/g, (unit) => `\\${unit}`)}"`;
/** A command line, its words parted by white space, where `'…'` and `"…"` hold one word together. */
function execve(command: string): string {
  const words = [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    /^'.*'$|^".*"$/.test(word) ? word.slice(1, -1) : word,
  );
  return `7 execve("/usr/bin/${words[0]}", [${words.map(quoted).join(', ')}], 0x7ffd /* 9 vars */) = 0`;
}

describe('what is no secret stays', () => {
  it.each([
    // Words that only look like the names of secrets.
    'cc -DPASSWORD_LEN=32 -DTOKEN_MAX=8 -DMAX_SECRET_SIZE=4096 -DUSE_AUTH=1 -DWITH_TOKEN=ON -c auth_token.c -o auth_token.o',
    'cc -I/usr/include/token -Lsecrets/lib -lsecret-1 -lcrypto -Wl,-soname,libpassword.so.1 --secret-file=x.txt',
    'cc -DVERSION="1.2.3.4" -DABI=10.2.0.4 -DHOST_OS=linux -DHOSTNAME_MAX=64 -DUSER_HZ=100 -o x x.c',
    './configure --host=x86_64-linux-gnu --build=aarch64-unknown-linux-musl --target=arm-none-eabi --prefix=/usr --with-secret --enable-auth',
    'cmake -DCMAKE_HOST_SYSTEM_NAME=Linux -DUSE_SECRET=OFF -DTOKEN_TYPE=jwt -S . -B build',
    'node --max-old-space-size=4096 monkey=1 "keyboard: us" "std::cafe::bad" x::y::abc turkey.js',
    'tar --user=1000 --owner=0 --group=0 --numeric-owner -C /x -xf a.tar --exclude=secret',
    'apt-get install login passwd=1:4.13+dfsg1-1 libpam-ssh secret-tool=0.20.5-3 password-store tokenizer=1.0',
    'pip install token-bucket==1.0 secrets user-agents passlib==1.7.4 --no-cache-dir --user flask',
    'npm install zlib@next @types/node@20 react@canary passport@0.6.0 --save-exact',
    'cargo build --release --features auth,token --target x86_64-unknown-linux-gnu',
    'go build -buildid abcDEF1234567890ghIJ/Kl9mNoPqRsTuVwXyZ01 -ldflags "-X main.version=1.2.3.4" ./cmd/token',
    'git commit -m "Add password field and token check" --allow-empty',
    'git checkout 0123456789abcdef0123456789abcdef01234567 -- src/auth/token.ts',
    'git log --author-date-order --format=%H -- secret/README.md',
    'docker pull alpine@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'docker run --rm -it -p 8080:80 -v /srv:/srv -u 1000:1000 -w /x -e DEBUG=1 node:20.11.1 node app.js',
    'docker build -t app:1.2.3.4 --build-arg VERSION=10.2.3.4 --target prod .',
    'mkdir -p a/b -m 0755',
    'sort -k 2 -u list.txt',
    'cp -a --preserve=mode x y',
    'sed -e s/password/x/ file',
    'grep -rn password= src',
    'find . -name *.key -user root -newer x',
    'ls -la /usr/lib/x86_64-linux-gnu /lib64',
    'ld -o a.out -rpath /opt/lib/1.2.3.4 -z now --hash-style=gnu --build-id=0123456789abcdef0123456789abcdef01234567',
    'python3 -m unittest my.module.test os.path xml.dom.minidom javax.net.ssl com.example.app',
    'java -Djava.net.preferIPv4Stack=true -Dfile.encoding=UTF-8 -Xmx512m -cp lib/x.jar org.apache.maven.cli.MavenCli',
    'make -j8 V=1 CC=gcc-12 HOSTCC=gcc PREFIX=/usr KEYMAP=us TOKENS=8 install',
    'make -k HOST=arm-linux-gnueabihf USER=root',
    'ninja -C build -k 0 -t clean',
    'openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 30',
    'ssh-keygen -t ed25519 -f /tmp/key -q',
    'gpg --batch --verify x.sig x --keyring /usr/share/keyrings/debian.gpg',
    'curl -fsSL https://registry.npmjs.org/zlib -o x.json',
    'wget -q https://github.com/a/b/archive/v1.2.3.tar.gz',
    'git clone https://github.com/user/passwords.git',
    'git fetch git@github.com:user/x.git',
    'curl http://localhost:8080/x?page=2',
    'sh -c "make install && echo done; test -f secret.txt || exit 1"',
    'sh -c "echo $PASSWORD | wc -c"',
    'sh -c "export TOKEN=$CI_TOKEN; make"',
    'sh -c "password=$(cat f); user=$USER"',
    'which ssh scp curl',
    'man ssh',
    'psql --version',
    'sudo make install',
    'env -i PATH=/usr/bin LANG=C.UTF-8 TERM=xterm-256color sh',
    'rustc --crate-name token -C metadata=0123456789abcdef -C extra-filename=-0123456789abcdef --edition=2021',
    'c++ -Wl,--undefined=_ZN4core3fmt9Formatter9alternate17h0123456789abcdefE x.o',
    'node -e "const token = parse(x); user.name; a.b.dev()"',
    'tsc --build --pretty',
    'x 12:34:56 2024-01-02T03:04:05 1:2:3',
    'x --no-password --ask-pass --token-endpoint=/x --password-stdin --password-file=/run/x',
  ])('%s', (command) => {
    expect(redact([execve(command)])).toEqual([execve(command)]);
  });

  it('a user who is called like a directory, a program or a word', () => {
    const lines = [
      '7 openat(AT_FDCWD, "/home/lib/x", O_RDONLY) = 3',
      '7 openat(AT_FDCWD, "/home/meson/x", O_RDONLY) = 3',
      '7 openat(AT_FDCWD, "/home/gleb1/x", O_RDONLY) = 3',
      '7 execve("/usr/bin/meson", ["meson", "setup", "build", "-Dlib=shared"], 0x7 /* 9 vars */) = 0',
      '7 openat(AT_FDCWD, "/usr/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY) = 3',
      '7 openat(AT_FDCWD, "/usr/share/gleb1/lib/x", O_RDONLY) = 3',
      '7 openat(AT_FDCWD, "/srv/gleb1/lib/meson/gleb1.log", O_RDONLY) = 3',
    ];
    expect(redact(lines)).toEqual([
      '7 openat(AT_FDCWD, "/home/user/x", O_RDONLY) = 3',
      '7 openat(AT_FDCWD, "/home/user/x", O_RDONLY) = 3',
      '7 openat(AT_FDCWD, "/home/user/x", O_RDONLY) = 3',
      ...lines.slice(3, 6),
      '7 openat(AT_FDCWD, "/srv/user/lib/meson/user.log", O_RDONLY) = 3',
    ]);
  });

  it('versions and paths of packages', () => {
    const lines = [
      '/usr/lib/python3/dist-packages/pkg-1.2.3.4/x.py',
      '/opt/tool/1.2.3.4/bin/x',
      '/opt/libfoo.so.10.1.2.3',
      'src/pages/home/index.ts',
      '/srv/app/pages/home/index.ts',
      '/etc/ssl/certs/SSL.com_Root_CA.pem',
      'QuoVadis_Root_CA_3_G3.pem',
      '/go/pkg/mod/golang.org/x/net@v0.17.0/go.mod',
      '/var/lib/dpkg/info/libc6:amd64.list',
      '/proc/self/fd/3',
      '/tmp/ccQ8x3Zk.o',
      '/x/.git/objects/01/23456789abcdef0123456789abcdef01234567',
      '/lib/systemd/system/getty@tty1.service',
      '/x/node_modules/@types/node/index.d.ts',
      '/usr/share/dbus-1/services/org.freedesktop.x.service',
    ].map((path) => `7 openat(AT_FDCWD, "${path}", O_RDONLY) = 3`);
    expect(redact(lines)).toEqual(lines);
  });

  it('all of the recorded traces in this repository, which were redacted before', () => {
    const folder = fileURLToPath(new URL('../../../traces/', import.meta.url));
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.gz'))) {
      const lines = gunzipSync(readFileSync(folder + name))
        .toString('latin1')
        .split('\n');
      const changed = redact(lines).filter((line, index) => line !== lines[index]);
      expect({ name, changed }).toEqual({ name, changed: [] });
    }
  });
});

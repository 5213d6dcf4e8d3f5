import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeRedactor } from '../../../src/core/redaction/redact.ts';
import { NameFinder } from '../../../src/core/redaction/redactNames.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';

// Secrets are made by a generator, put into every form below, written as strace writes strings (plain, -x, -xx, octal), and
// none may be left.

type Form = readonly string[] | string;

/** Words of command lines; `{}` is what must not be seen. */
const SECRETS: readonly Form[] = [
  ['tool', '--password={}'],
  ['tool', '--password', '{}'],
  ['tool', '-password', '{}'],
  ['tool', '--db-passwd={}'],
  ['tool', '--api-key', '{}'],
  ['tool', '--apiKey={}'],
  ['tool', '--auth-token={}'],
  ['tool', '--clientSecret', '{}'],
  ['tool', '--private-key={}'],
  ['tool', '/password:{}'],
  ['tool', 'DB_PASSWORD={}'],
  ['tool', 'db.password={}'],
  ['tool', 'spring.datasource.password={}'],
  ['tool', 'SECRET_KEY_BASE={}'],
  ['tool', 'API_KEY_PROD={}'],
  ['env', 'PGPASSWORD={}', 'psql'],
  ['make', 'DEPLOY_TOKEN={}'],
  ['docker', 'run', '-e', 'MYSQL_ROOT_PASSWORD={}', 'img'],
  ['docker', 'build', '--build-arg=NPM_TOKEN={}', '.'],
  ['mysql', '-u', 'root', '-p{}'],
  ['mysqldump', '--password={}', 'db'],
  ['mariadb', '-hdb', '-p{}'],
  ['sshpass', '-p', '{}', 'ssh', 'h'],
  ['sshpass', '-p{}', 'scp', 'a', 'h:'],
  ['htpasswd', '-b', 'f', 'bob', '{}'],
  ['htpasswd', '-nbB', 'bob', '{}'],
  ['htpasswd', '-cb', 'f', 'bob', '{}'],
  ['curl', '-u', 'bob:{}', 'https://x.org'],
  ['curl', '-ubob:{}'],
  ['curl', '-fsSLu', 'bob:{}'],
  ['curl', '--user=bob:{}'],
  ['curl', '--proxy-user', 'bob:{}'],
  ['curl', '--oauth2-bearer', '{}'],
  ['curl', '-H', 'Authorization: Bearer {}'],
  ['curl', '-H', 'authorization: token {}'],
  ['curl', '-H', 'X-Api-Key: {}'],
  ['curl', '-HX-Auth-Token: {}'],
  ['curl', '--header', 'PRIVATE-TOKEN: {}'],
  ['curl', '-b', 'session={}'],
  ['curl', '-H', 'Cookie: a=1; session={}'],
  ['curl', '-d', 'user=bob&password={}&x=1'],
  ['curl', '--data', '{"user":"bob","password":"{}"}'],
  ['curl', '--data-raw', '{"api_key" : "{}"}'],
  ['curl', 'https://x.org/?access_token={}'],
  ['curl', 'https://x.org/?a=b&sig={}'],
  ['curl', 'https://x.org/?key={}'],
  ['curl', 'https://bob:{}@x.org/y'],
  ['curl', 'https://{}@x.org/y'],
  ['git', 'clone', 'https://oauth2:{}@gitlab.com/a/b.git'],
  ['git', '-c', 'http.extraHeader=Authorization: Basic {}', 'fetch'],
  ['git', 'remote', 'add', 'o', 'https://x:{}@github.com/a/b'],
  ['wget', '--http-password={}', 'u'],
  ['wget', '--password', '{}', 'u'],
  ['wget', '--header=Authorization: Basic {}'],
  ['openssl', 'rsa', '-passin', 'pass:{}'],
  ['openssl', 'enc', '-k', '{}'],
  ['openssl', 'pkcs12', '-passout', 'pass:{}', '-in', 'x'],
  ['openssl', 'passwd', '-6', '{}'],
  ['7z', 'a', '-p{}', 'x.7z'],
  ['7za', 'x', '-p{}'],
  ['zip', '-P', '{}', 'a.zip'],
  ['unzip', '-P', '{}', 'a'],
  ['unrar', 'x', '-p{}', 'a'],
  ['rar', 'a', '-hp{}', 'a'],
  ['psql', 'postgresql://bob:{}@db/x'],
  ['psql', 'host=db password={} user=bob'],
  ['psql', "dbname=x password='{}'"],
  ['docker', 'login', '-u', 'bob', '-p', '{}'],
  ['podman', 'login', '--password={}', 'r'],
  ['buildah', 'login', '-p', '{}', 'r'],
  ['skopeo', 'copy', '--src-creds', 'bob:{}', 'a', 'b'],
  ['helm', 'registry', 'login', '-u', 'bob', '-p', '{}', 'r'],
  ['helm', 'upgrade', 'x', '--set', 'a=1,db.password={}'],
  ['redis-cli', '-a', '{}', 'ping'],
  ['redis-cli', '-u', 'redis://:{}@h:1'],
  ['redis-cli', '--pass', '{}'],
  ['mongo', '-u', 'bob', '-p', '{}', 'db'],
  ['mongodump', '--uri=mongodb://bob:{}@a:1,b:2/x'],
  ['mongosh', 'mongodb+srv://bob:{}@c/x'],
  ['smbclient', '//h/s', '-U', 'bob%{}'],
  ['smbclient', '-Ubob%{}', '//h/s'],
  ['mount', '-t', 'cifs', '//h/s', '/m', '-o', 'username=bob,password={},vers=3'],
  ['lftp', '-u', 'bob,{}', 'h'],
  ['lftp', '-e', 'open ftp://bob:{}@h'],
  ['ldapsearch', '-x', '-w', '{}'],
  ['ldapmodify', '-D', 'cn=a', '-w{}'],
  ['sqlplus', 'bob/{}@orcl'],
  ['sqlcmd', '-S', 'h', '-U', 'sa', '-P', '{}'],
  ['bcp', 't', 'out', 'f', '-P{}'],
  ['ipmitool', '-H', 'h', '-U', 'a', '-P', '{}', 'power'],
  ['snmpwalk', '-v2c', '-c', '{}', 'h'],
  ['mosquitto_pub', '-h', 'h', '-u', 'bob', '-P', '{}', '-t', 'x'],
  ['gpg', '--passphrase', '{}', '-c', 'f'],
  ['gpg', '--passphrase={}'],
  ['keytool', '-storepass', '{}', '-list'],
  ['jarsigner', '-keypass', '{}', 'x'],
  ['java', '-Djavax.net.ssl.trustStorePassword={}', 'X'],
  ['java', '-Ddb.pass={}', 'X'],
  ['mvn', '-Dgpg.passphrase={}'],
  ['gradle', '-PossrhPassword={}'],
  ['ssh-keygen', '-N', '{}', '-f', 'k'],
  ['ssh-keygen', '-P', '{}'],
  ['useradd', '-p', '{}', 'bob'],
  ['usermod', '-p{}', 'bob'],
  ['twine', 'upload', '-u', 'bob', '-p', '{}'],
  ['vault', 'login', '{}'],
  ['vault', 'kv', 'put', 'secret/x', 'a={}', 'b=c'],
  ['vault', 'write', 'auth/x', 'k={}'],
  ['kubectl', 'create', 'secret', 'generic', 'x', '--from-literal=a={}'],
  ['kubectl', '--token={}', 'get'],
  ['cargo', 'login', '{}'],
  ['gem', 'push', '-k', '{}', 'x.gem'],
  ['dotnet', 'nuget', 'push', 'x', '--api-key', '{}'],
  ['npm', 'config', 'set', '//r/:_authToken', '{}'],
  ['npm', 'config', 'set', '//r/:_authToken={}'],
  ['aws', 'configure', 'set', 'aws_secret_access_key', '{}'],
  ['az', 'x', '--connection-string', 'AccountName=a;AccountKey={};X=1'],
  ['az', 'login', '--service-principal', '-p', '{}', '--password', '{}'],
  ['tool', 'Server=h;User Id=sa;Password={};Encrypt=true'],
  ['tool', 'Data Source=h;Pwd={}'],
  ['tool', 'root:{}@tcp(db:3306)/x'],
  ['tool', 'amqps://u:{}@h/v'],
  ['tool', 'jdbc:mysql://h/x?user=u&password={}'],
  ['tool', 'jdbc:oracle:thin:u/{}@h:1521:x'],
  ['tool', 'jdbc:postgresql://h/x?password={}'],
  ['wpa_passphrase', 'net', '{}'],
  ['nmcli', 'dev', 'wifi', 'connect', 'x', 'password', '{}'],
  ['rclone', 'config', 'create', 'x', 'webdav', 'pass', '{}'],
  ['oathtool', '--totp', '-b', '{}'],
  ['xfreerdp', '/v:h', '/u:bob', '/p:{}'],
  ['rdesktop', '-u', 'bob', '-p', '{}', 'h'],
  ['ansible-playbook', '-e', 'ansible_become_pass={}', 'x.yml'],
  ['terraform', 'apply', '-var', 'db_password={}'],
  ['terraform', 'apply', '-var=api_token={}'],
  ['svn', 'co', '--password', '{}', 'u'],
  ['mkpasswd', '{}'],
  ['expect', '-c', 'spawn ssh h; expect "word:"; send "{}\\r"'],
  ['sudo', '-u', 'bob', 'mysql', '-p{}'],
  ['timeout', '5', 'curl', '-u', 'bob:{}', 'x'],
  ['nice', '-n', '5', 'sshpass', '-p', '{}', 'ssh', 'h'],
  ['mc', 'alias', 'set', 'x', 'https://h', 'AK', '{}'],
  ['http', '-a', 'bob:{}', 'GET', 'x'],
  ['sh', '-c', 'mysql -uroot -p{} db'],
  ['bash', '-ec', 'cd x && PASSWORD={} make'],
  ['sh', '-c', 'export TOKEN="{}"; make'],
  ['sh', '-c', "curl -H 'Authorization: Bearer {}' x"],
  ['sh', '-lc', "a=1; API_KEY='{}' ./x"],
  ['sh', '-c', 'echo {} | sudo -S ls'],
  ['sh', '-c', 'echo "bob:{}" | chpasswd'],
  ['sh', '-c', "printf '%s' '{}' | docker login -u x --password-stdin r"],
  ['sh', '-c', 'chpasswd <<EOF\nbob:{}\nEOF\necho'],
  ['sh', '-c', 'cryptsetup open /dev/x y <<< {}'],
  ['sh', '-c', 'cat > ~/.netrc <<E\nmachine h login bob password {}\nE'],
  ['sh', '-c', 'echo "h:5432:db:bob:{}" > ~/.pgpass'],
  ['sh', '-c', 'echo {} > /run/secrets/db_password'],
  ['sh', '-c', 'ssh h "mysql -p{}"'],
  ['sh', '-c', 'sh -c "mysql -p{}"'],
  ['sh', '-c', 'sh -c \'echo "DB_PASSWORD={}" >> .env\''],
  ['sh', '-c', 'x=$(curl -u bob:{} y)'],
  ['sh', '-c', 'cat > a.yml <<E\ndb:\n  password: {}\n  port: 1\nE'],
  ['sh', '-c', 'cat <<E\n[db]\npassword = "{}"\nE'],
  ['sh', '-c', 'mysql -e "CREATE USER x IDENTIFIED BY \'{}\'"'],
  ['psql', '-c', "ALTER USER x WITH PASSWORD '{}'"],
  ['ssh', 'h', 'echo {} | sudo -S ls'],
  ['tool', 'password: {}'],
  ['tool', '<password>{}</password>'],
  ['tool', '<add key="x" password="{}" />'],
  ['tool', "{'secret': '{}'}"],
  ['tool', '{"auth":{"token":"{}"}}'],
  ['tool', '[{"name":"DB_PASSWORD","value":"{}"}]'],
  ['tool', '- name: API_TOKEN\n  value: {}\n'],
  ['tool', 'password: |\n  {}\nx: 1'],
  ['tool', '"password" => "{}"'],
  ['tool', 'password := {}'],
  ['tool', '{\\"password\\":\\"{}\\"}'],
  ['tool', '{"auths":{"r":{"auth":"{}"}}}'],
  ['tool', 'client-key-data: {}'],
  ['tool', 'otpauth://totp/x?secret={}&issuer=y'],
  ['tool', 'https://hooks.slack.com/services/T0/B0/{}'],
  ['tool', 'https://discord.com/api/webhooks/1/{}'],
  ['tool', '-----BEGIN EC PRIVATE KEY-----\n{}\n-----END EC PRIVATE KEY-----'],
  ['tool', '-----BEGIN OPENSSH PRIVATE KEY-----\n{}'],
  ['tool', 'PuTTY-User-Key-File-3: x\nPrivate-Lines: 1\n{}'],
  ['tool', '$ANSIBLE_VAULT;1.1;AES256\n{}'],
  // Calls, as strace prints them.
  'symlink("https://u:{}@h/x", "y") = 0',
  'setxattr("/x", "user.k", "{}", 9, 0) = 0',
  'add_key("user", "k", "{}", 9, KEY_SPEC_USER_KEYRING) = 1',
  'write(3, "{}\\n", 9) = 9',
  'mount("//h/s", "/m", "cifs", 0, "username=bob,password={}") = -1 EPERM (Operation not permitted)',
  'execve("/x", ["x"], ["A=b", "PGPASSWORD={}"]) = 0',
  'sendto(3, "{}"..., 99, 0, NULL, 0) = 9',
  'openat(AT_FDCWD, "/tmp/token={}", O_RDONLY) = 3',
  '<... read resumed>"{}", 99) = 9',
];

/** The same for accounts; the second word of a pair is another place of the same trace where the name is found again. */
const ACCOUNTS: readonly Form[] = [
  ['ls', '/home/{}/x'],
  ['ls', '/Users/{}/x'],
  ['ls', '/mnt/c/Users/{}/x'],
  ['ls', 'C:\\Users\\{}\\x'],
  ['ls', '/data/nfs/home/{}/x'],
  ['cc', '-I/home/{}/include'],
  ['cc', '--sysroot=/home/{}/s'],
  ['ls', '~{}/x'],
  ['ls', '/var/spool/mail/{}'],
  ['ls', '/run/media/{}/DISK'],
  ['sudo', '-u', '{}', 'make'],
  ['sudo', '-u{}', 'make'],
  ['su', '-', '{}', '-c', 'make'],
  ['su', '{}'],
  ['runuser', '-u', '{}', '--', 'make'],
  ['chown', '{}:staff', 'f'],
  ['chown', '-R', '{}', 'f'],
  ['useradd', '-m', '{}'],
  ['usermod', '-aG', 'docker', '{}'],
  ['passwd', '{}'],
  ['id', '{}'],
  ['crontab', '-u', '{}', '-l'],
  ['install', '-o', '{}', 'a', 'b'],
  ['ssh', '{}@h.corp'],
  ['ssh', '-l', '{}', 'h'],
  ['scp', 'a', '{}@h:/x'],
  ['rsync', '-a', 'x', '{}@h::m'],
  ['mail', '{}@acme.co.uk'],
  ['git', 'config', 'user.email', '{}@acme.de'],
  ['git', 'commit', '--author={} <a@b.cc>'],
  ['git', '-c', 'user.name={}', 'commit'],
  ['git', 'config', 'user.name', '{}'],
  ['curl', '-u', '{}', 'x'],
  ['tool', '--username={}'],
  ['tool', '--username', '{}'],
  ['psql', '-U', '{}', 'db'],
  ['mysql', '-u{}', 'db'],
  ['docker', 'login', '-u', '{}', 'r'],
  ['docker', 'run', '--user', '{}', 'x'],
  ['env', 'LOGNAME={}', 'x'],
  ['sh', '-c', 'chown {} /srv/x'],
  ['sh', '-c', 'cd /home/{} && make'],
  ['gosu', '{}', 'make'],
  ['kinit', '{}'],
  ['htpasswd', '-b', 'f', '{}', 'x'],
  ['tool', 'User Id={};x=1'],
  ['tool', '{"username":"{}"}'],
  'openat(AT_FDCWD, "/home/{}/x", O_RDONLY) = 3</home/{}/x>',
  'getcwd("/home/{}", 99) = 9',
  'read(3</home/{}/y>, "", 9) = 0',
  'statx(AT_FDCWD, "/var/spool/cron/crontabs/{}", 0, 0, 0x7) = 0',
];

const HOSTS: readonly Form[] = [
  ['curl', 'https://{}/x'],
  ['curl', 'http://{}:8080/x'],
  ['curl', '-x', '{}:3128', 'https://github.com'],
  ['wget', '{}'],
  ['ssh', '{}', 'ls'],
  ['ssh', '-p', '22', 'bob@{}'],
  ['scp', 'x', '{}:/y'],
  ['rsync', 'x', '{}::m'],
  ['ping', '-c', '1', '{}'],
  ['nc', '-z', '{}', '80'],
  ['telnet', '{}', '25'],
  ['dig', '+short', '{}'],
  ['nslookup', '{}'],
  ['traceroute', '{}'],
  ['psql', '-h', '{}'],
  ['psql', '-h{}'],
  ['psql', 'host={} user=x'],
  ['mysql', '--host={}', 'db'],
  ['mysql', '-h', '{}'],
  ['redis-cli', '-h', '{}'],
  ['mongo', '--host', '{}'],
  ['mount', '-t', 'nfs', '{}:/e', '/m'],
  ['mount', '-t', 'cifs', '//{}/s', '/m'],
  ['smbclient', '//{}/s'],
  ['docker', '-H', 'tcp://{}:2375', 'ps'],
  ['docker', 'login', '{}'],
  ['git', 'clone', 'git@{}:a/b.git'],
  ['git', 'clone', 'ssh://git@{}/a'],
  ['tool', '--host={}'],
  ['tool', '--server', '{}'],
  ['tool', 'PGHOST={}'],
  ['tool', 'Server={};x=1'],
  ['tool', 'jdbc:mysql://{}:3306/x'],
  ['tool', 'mongodb://a:b@{}:1,c:2/x'],
  ['openssl', 's_client', '-connect', '{}:443'],
  ['hostname', '{}'],
  ['sh', '-c', 'ssh {} ls'],
  ['sh', '-c', 'curl http://{}/x | sh'],
  ['ssh', '-J', '{}', 'h'],
  ['kubectl', '--server=https://{}:6443', 'get'],
  ['ftp', '{}'],
  ['lftp', '{}'],
  ['ssh-keyscan', '{}'],
  ['xfreerdp', '/v:{}'],
  ['pip', 'install', '-i', 'https://{}/simple', 'x'],
  'uname({sysname="Linux", nodename="{}", release="6.1"}) = 0',
  'sethostname("{}", 9) = 0',
  'mount("{}:/e", "/m", "nfs", 0, NULL) = -1 EPERM (Operation not permitted)',
  'mount("//{}/s", "/m", "cifs", 0, "") = 0',
];

const letters = 'abcdefghijkmnpqrstvwxyz';
const name = fc
  .tuple(
    fc.constantFrom(...'bdfgkmpstvz'),
    fc.string({ unit: fc.constantFrom(...letters), minLength: 6, maxLength: 9 }),
    fc.constantFrom('q', 'x', 'z'),
  )
  .map((parts) => parts.join(''));
const secret = fc.tuple(name, fc.integer({ min: 10, max: 99 }), name).map((parts) => parts.join(''));
const host = fc.oneof(
  name.map((text) => `${text}7`),
  name.map((text) => `${text}.corp`),
  fc.tuple(name, name).map(([a, b]) => `${a}.prod.${b}.net`),
  name.map((text) => `${text}-2.lan`),
);

type Writing = 'plain' | 'hex' | 'octal' | 'non-ascii';
/** A string as strace writes it: -xx is `hex`. */
function written(text: string, how: Writing): string {
  const unit = (character: string): string => {
    const code = character.charCodeAt(0);
    if (how === 'hex') return `\\x${code.toString(16).padStart(2, '0')}`;
    if (how === 'octal' && !/[A-Z]/.test(character)) return `\\${code.toString(8).padStart(3, '0')}`;
    if (character === '"' || character === '\\') return `\\${character}`;
    return character === '\n' ? '\\n' : character;
  };
  return `"${[...text].map(unit).join('')}"`;
}

function lineOf(form: Form, value: string, how: Writing): string {
  const put = (text: string): string => text.replaceAll('{}', value);
  if (typeof form === 'string') return `7 ${put(form)}`;
  const words = form.map((word) => written(put(word), how));
  return `7 execve(${written(`/usr/bin/${form[0]}`, how)}, [${words.join(', ')}], 0x7ffd /* 9 vars */) = 0`;
}

function redacted(lines: readonly string[], strict = false): string[] {
  const names = new NameFinder();
  for (const line of lines) names.add(line);
  const redactor = makeRedactor({ ...names.found, ...(strict ? { strict } : {}) });
  return lines.map((line) => redactor.line(line));
}

const how = fc.constantFrom<Writing>('plain', 'hex', 'octal');

/** What is left of a value: in the text, or behind escapes. */
function isLeft(shown: string, value: string): boolean {
  return shown.includes(value) || readableText(shown).includes(value);
}
function readableText(shown: string): string {
  return shown
    .replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}

describe('nothing is left', () => {
  it.each(SECRETS.map((form) => [JSON.stringify(form), form] as const))('of a secret in %s', (_, form) => {
    fc.assert(
      fc.property(secret, how, (value, writing) => {
        const [shown] = redacted([lineOf(form, value, writing)]);
        expect(isLeft(shown!, value)).toBe(false);
      }),
      { numRuns: 6 },
    );
  });

  it.each(ACCOUNTS.map((form) => [JSON.stringify(form), form] as const))(
    'of an account in %s, nor elsewhere',
    (_, form) => {
      fc.assert(
        fc.property(name, how, (value, writing) => {
          const again = `7 openat(AT_FDCWD, "/srv/${value}/build_${value}.log", O_RDONLY) = 3`;
          const telling = !JSON.stringify(form).includes('git') && !JSON.stringify(form).includes('mail"');
          const shown = redacted([...(telling ? [again] : []), lineOf(form, value, writing)]);
          expect(shown.filter((line) => isLeft(line, value))).toEqual([]);
        }),
        { numRuns: 6 },
      );
    },
  );

  it.each(HOSTS.map((form) => [JSON.stringify(form), form] as const))(
    'of a host in %s, nor elsewhere',
    (_, form) => {
      fc.assert(
        fc.property(host, how, (value, writing) => {
          const shown = redacted([
            `7 openat(AT_FDCWD, "/var/log/${value}/x", O_RDONLY) = 3`,
            lineOf(form, value, writing),
          ]);
          expect(shown.filter((line) => isLeft(line, value))).toEqual([]);
        }),
        { numRuns: 6 },
      );
    },
  );

  it('of a token of any known service, also where strace cut it', () => {
    const { shapes } = JSON.parse(
      readFileSync(new URL('../../../facts/token-shapes.json', import.meta.url), 'utf8'),
    ) as {
      shapes: { prefix: string; rest: string; min: number }[];
    };
    expect(shapes.length).toBeGreaterThan(150);
    for (const { prefix, rest, min } of shapes) {
      const unit = rest === 'hex' ? 'a7' : rest.startsWith('upper') ? 'B7' : 'k7';
      const body = unit.repeat(Math.ceil(min / unit.length)).slice(0, Math.max(min, 1));
      for (const place of [
        `x ${prefix}${body}`,
        `/tmp/${prefix}${body}/y`,
        `a=${prefix}${body}`,
        `https://github.com/x?y=${prefix}${body}`,
      ]) {
        const [shown] = redacted([`7 execve("/x", ["x", "${place}"], 0x7 /* 1 vars */) = 0`]);
        expect({ place, left: shown!.includes(body) }).toEqual({ place, left: false });
      }
      // One less is no token.
      const short = `x ${prefix}${body.slice(0, -1)}`;
      if (min > 1 && min < 20 && !prefix.includes('eyJ'))
        expect(redacted([`7 execve("/x", ["x", "${short}"], 0x7) = 0`])[0]).toContain(short);
    }
  });

  it('of a login that strace cut', () => {
    for (const url of [
      'https://bob:hunter2long',
      'https://bob:1234',
      'https://bob:hun/ter2long',
      'mongodb://bob:hunter2long',
    ]) {
      const [shown] = redacted([`7 execve("/x", ["x", "${url}"...], 0x7) = 0`]);
      expect(shown).toBe(
        `7 execve("/x", ["x", "${url.slice(0, url.indexOf('://') + 3)}[secret]"...], 0x7) = 0`,
      );
    }
    const port = '7 execve("/x", ["x", "http://localhost:8080"], 0x7) = 0';
    expect(redacted([port])).toEqual([port]);
  });
});

describe('redaction', () => {
  const forms = [...SECRETS, ...ACCOUNTS, ...HOSTS];
  const trace = fc.array(fc.tuple(fc.constantFrom(...forms), secret, how), { minLength: 1, maxLength: 8 });

  it('changes nothing that is redacted already, and nothing that verdicts hang on', () => {
    fc.assert(
      fc.property(trace, fc.boolean(), (parts, strict) => {
        const lines = [
          ...parts.map(([form, value, writing]) => lineOf(form, value, writing)),
          '7 +++ exited with 0 +++',
        ];
        const once = redacted(lines, strict);
        if (!strict) expect(redacted(once)).toEqual(once);
        const essence = (text: readonly string[]): unknown => {
          const reader = new TraceReader();
          reader.push(new TextEncoder().encode(`${text.join('\n')}\n`));
          const { calls, unparsedSamples: _, ...rest } = reader.end();
          return { rest, calls: calls.map(({ call, outcome, count }) => ({ call, outcome, count })) };
        };
        expect(essence(once)).toEqual(essence(lines));
      }),
      { numRuns: 150 },
    );
  });
});

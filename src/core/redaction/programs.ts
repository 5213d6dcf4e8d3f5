/**
 * What the words of a command line are, by program, from the manual pages. A word is of one of these kinds:
 *
 *     s  secret                    l  account:password (`%`, `,` and `/` part them too)
 *     u  account                   U  account:group
 *     h  host, host:port           w  URL, or host
 *     r  HOST:PATH, else a path    m  //HOST/share, HOST:/path
 *     k  NAME=secret               C  cookies: NAME=value
 *     i  name or mail of a person  c  script of a shell
 *     E  script of expect          t  text, looked at as any other
 *     v  nothing private           p  a program, then its own words
 */
export type WordKind =
  | 's'
  | 'l'
  | 'u'
  | 'U'
  | 'h'
  | 'w'
  | 'r'
  | 'm'
  | 'k'
  | 'C'
  | 'i'
  | 'c'
  | 'E'
  | 't'
  | 'v'
  | 'p';

export interface Program {
  /** Kinds of the values of options, by the letter or the name of the option. */
  readonly options: ReadonlyMap<string, WordKind>;
  /** Kinds of the other words in order; the last one is that of all that follow when `rest`. */
  readonly words: readonly WordKind[];
  readonly rest: boolean;
  /** Letters whose value is in the same word when there is one: `mysql -pSECRET`. */
  readonly joined: string;
  /** Words are packages, files or names of programs: none of them is a program with words of its own. */
  readonly flat: boolean;
  /** Its options are words behind one dash: `-newkey`. */
  readonly whole: boolean;
  /** It reads a password from standard input. */
  readonly reads: boolean;
}

// `names | options (letter or name=kind; letters alone: plain values) | other words (* repeats the last) | flags`
const TABLE = `
curl | u=l U=l b=C x=h E=l H=t d=t e=w A c C D F K m o P Q r t T w X y Y z user=l proxy-user=l cookie=C proxy=h url=w connect-to=h resolve=h oauth2-bearer=s cert=l data=t header=t | w*
wget wget2 | O o a i t T w Q P U B D user=u | w*
aria2c axel lynx links w3m ab wrk hey siege youtube-dl yt-dlp httping | u=u p=s o d n c t A=l P=l | w*
http https xh | a=l | v w
ssh slogin dbclient autossh | l=u J=h W=h i o=t p B b c D E e F I L=t m M O Q R=t S w | h p
plink putty pterm | pw=s l=u P i=v L R D | h p | whole
scp pscp | c D F i J=h l o=t P S X | r*
sftp psftp | b B c D F i J=h l o=t P R s S X | r
rsync | e=c T B M f password-file=v chown=U | r*
sshfs | o=t p F C | r
ssh-copy-id | i p o=t F | h
ssh-keyscan | p T t f O | h*
mosh | p s n a | h p
ping ping4 ping6 fping arping hping3 | c F i I l m M N p Q s S t T w W C b B | h*
traceroute traceroute6 tracepath mtr tcptraceroute | f g i m N p q s t w z c | h
nc ncat netcat nc.openbsd nc.traditional | e=c c=c G I i M m O P=u p q s T V w W X x=h | h
telnet rlogin rsh rcp rexec | l=u b e n S X | h
nslookup host dig drill kdig whois dog resolvectl | b c f k p q=h t x=h y T W | h*
ftp lftp ncftp tftp ncftpput ncftpget | u=l p e=t f c=t P | w
smbclient | U=l I=h L=h W A c p n s d t user=l | m s
rpcclient smbget smbspool smbmap crackmapexec winexe wmic | U=l I=h W A c p=s n s d t user=l | m*
net-use | | v m s
samba-tool-user-create samba-tool-user-add | | u s
pdbedit realm adcli | u=u U=u | v*
wbinfo | a=l i n s u | v*
radtest | | u s h v s
sendemail | xu=u xp=s f=t t=t s=h u m a | t* | whole
fetchmail | u=u p i f | h
ecryptfs-add-passphrase ecryptfs-unwrap-passphrase rclone-obscure bw-unlock snyk-auth | | s
bw-login | | u s
lpass-login | | u
gh-secret-set | body=s b=s | v*
aws | value=s secret-string=s | t*
codecov | t=s | v*
mutool veracrypt qpdf | p=s password=s | v*
caddy | plaintext=s | v*
xhost | | h*
setpriv | reuid=u regid | p*
read kinit-stdin | p t n d | v* | reads
net | U=l S=h | v*
showmount | | h
mount mount.nfs mount.nfs4 mount.cifs mount.smb3 umount | t o=t O L U | m*
psql pg_dump pg_dumpall pg_restore pg_isready pg_basebackup createdb dropdb createuser dropuser vacuumdb reindexdb pgbench pgcli | h=h U=u p d=t c=t f F j n N t T v o L P R host=h username=u dbname=t | t u
mysql mariadb mysqldump mariadb-dump mysqladmin mariadb-admin mysqlimport mysqlcheck mysqlshow mysqlpump mysqlsh mysqlbinlog mysql_upgrade mariadb-upgrade mysqlslap | p=s u=u h=h P S D e=t host=h user=u | t* | joined=p
mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat | u=u p=s h=h d c o host=h username=u | w
redis-cli redis-benchmark valkey-cli keydb-cli | a=s u=t h=h p n user=u pass=s | t*
sqlplus sqlldr expdp impdp rman | | l | 
sqlcmd osql isql bcp tsql | U=u P=s S=h H=h d D p | t*
cqlsh clickhouse-client influx | u=u p=s h=h host=h user=u | h
ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldappasswd ldapcompare ldapmodrdn | D=t w=s H=w h=h b y a=s s=s p | t*
openssl | k=s K=s iv=s pass=t passin=t passout=t connect=h servername=h host=h in out inkey cert CAfile subj=t | v* | whole
keytool jarsigner | alias keystore storepass=s keypass=s srcstorepass=s deststorepass=s dname=t | v* | whole
zip | P=s b n t x i | v* 
unzip funzip | P=s d x | v*
7z 7za 7zz 7zr p7zip rar unrar | | v* | joined=p,hp
sshpass | p=s f d P | p | joined=p
htpasswd | | v u s
htdigest | | v v u
wpa_passphrase | | v s
oathtool | c d w s S N | s*
mkpasswd | m S R P s=s | s v
openssl-passwd | salt=s in | s* | whole
pwgen | |
vault-login vault-unwrap vault-operator-unseal | method=v path | s
vault-write vault-kv-put vault-kv-patch | mount=v | v k*
vault-token-lookup vault-token-revoke vault-token-renew | | s
cargo-login | registry | s
cargo-publish cargo-yank cargo-owner | token=s registry index | v*
bundle-config | | t l l
gem gem-push | k=s key=s host=w | v*
dotnet nuget dotnet-nuget | k=s p=s u=u s=w api-key=s source=w | v*
twine poetry flit hatch | u=u p=s r username=u | v*
helm helm-registry-login helm-repo-add | u=u p=s n f version username=u | t*
kubectl oc | s=w n o f l c token=s server=w username=u as=u from-literal=k user=v context=v | v*
docker-login podman-login buildah-login skopeo-login nerdctl-login crane-auth-login helm-login oras-login az-acr-login cosign-login | u=u p=s username=u authfile | h
docker podman nerdctl buildah | H=w e=t u=U v p t w f l h=h a m c env=t build-arg=t user=U hostname=h host=w creds=l add-host=h network=v name=v volume=v label=t mount=v entrypoint=v | p*
skopeo crane regctl oras | creds=l src-creds=l dest-creds=l screds=l dcreds=l src-registry-token=s dest-registry-token=s registry-token=s | t*
git | c=t C author=i | t*
git-clone git-fetch git-push git-pull git-ls-remote git-remote git-submodule | b o u c=t C depth=v branch=v origin=v reference=v | r*
git-commit git-tag git-log git-shortlog | m=t F C c author=i committer=i local-user=v | t*
git-config npm-config pnpm-config yarn-config pip-config composer-config | f file=v | t*
svn hg bzr darcs | username=u password=s m r config-option=t | r*
sudo doas | u=u g h p C r t U=u T R D user=u | p
su runuser | c=c s g G w u=u session-command=c command=c shell | u p
gosu su-exec setuidgid s6-setuidgid chpst | u=U | U p
chown | from=U reference | U v*
chgrp | | v*
useradd adduser usermod userdel deluser luseradd | p=s d g G s u c=i k e f l=u b o uid gid ingroup home shell password=s comment=i gecos=i | u v*
groupadd groupmod groupdel addgroup delgroup | p=s g n | v*
passwd | n x w i | u* | reads
chage chsh chfn id finger groups last lastlog loginctl pinky | d E I m M W s f=i h n x w i | u*
smbpasswd | r U=l | u | reads
chpasswd newusers vncpasswd cryptsetup faillock | s d | v* | reads
gpasswd | a=u d=u A=u M | v*
crontab | u=u | v*
install | o=u g m t S owner=u group mode | v* | flat
pkill pgrep ps skill | u=u U=u euid=u user=u o C p t g | v*
kinit | k t c l | u | reads
klist kdestroy | | v*
ssh-keygen | N=s P=s f t b C=i q O n V z I s | v*
ssh-add | t | v*
ipmitool ipmi-sensors | U=u P=s H=h I L p k=s y=s | v*
snmpwalk snmpget snmpset snmpbulkwalk snmptrap snmptable snmpgetnext | c=s A=s X=s u=u v l a x n r t O m M | h v*
mosquitto_pub mosquitto_sub mqtt | h=h u=u P=s pw=s p t m i q | v*
xfreerdp xfreerdp3 wlfreerdp rdesktop | u=u p=s d g k | h
vncviewer tigervnc remmina | passwd | h
swaks | t=t f=t s=h server=h to=t from=t au=u ap=s auth-user=u auth-password=s | t* | whole
mail mailx mutt sendmail msmtp s-nail | s=t a c=t b=t r=t f=t S=t | t*
rclone | | t*
restic borg duplicity kopia | r=w o=t p | t*
ansible ansible-playbook ansible-galaxy | e=t u=u i k b t private-key=v user=u | h v*
ansible-vault-encrypt_string | n name | s
az | p=s u=u g n username=u password=s | t*
terraform tofu packer | var=t | t* | whole
doctl flyctl fly hcloud linode-cli vultr-cli scw | t=s | t*
hostname | F | h
hostnamectl-set-hostname hostnamectl-hostname | | h
getent-hosts getent-ahosts getent-ahostsv4 getent-ahostsv6 | | h*
getent-passwd getent-shadow | | u*
mc-alias-set mc-config-host-add | | v w u s
expect | c=E f | v*
iperf iperf3 | c=h p t P | v*
nmap masscan zmap | p i S e g o | h*
wakeonlan etherwake ether-wake | i p | t*
socat | | h*
xauth-add | | t v s
security | a=i s w=s p=s P=s | v*
pass-insert | | v* | reads
setfacl | m=U x=U M X | v*
tar bsdtar | f C T X b owner=u group | v*
start-stop-daemon | c=U u=U x=v p n a exec=v startas=v chuid=U user=u | p
env nice ionice nohup timeout gtimeout time xargs strace ltrace stdbuf setsid exec command busybox fakeroot unshare nsenter chrt taskset watch parallel flock systemd-run script tini dumb-init catchsegv unbuffer chroot proot bwrap firejail linux32 linux64 setarch capsh cpulimit caffeinate torsocks proxychains proxychains4 chronic ts sg newgrp runcon prlimit numactl trickle trace-build | n c s k i o e u p U C S t L P I a d r w unset=v signal=v chdir=v userspec=U | p*
sh bash dash ash zsh ksh mksh fish | c=c o O | v*
make gmake ninja | C f j l o W I k d | v* | flat
which whereis type man info apropos echo printf test cat ls cp mv rm ln mkdir touch stat file readlink realpath grep egrep fgrep rg head tail wc sort uniq cut tr sed awk gawk diff cmp patch tee basename dirname true false sleep date uname | | t* | flat
cc gcc g++ c++ clang clang++ ld ar as cpp rustc go javac tsc node python python3 perl ruby php lua java zig cmake meson configure ldd objdump nm strip ranlib | D=t I L o l f m W x T | t* | flat
apt apt-get aptitude apt-cache apt-mark dpkg dpkg-query dpkg-deb rpm dnf yum microdnf zypper apk pacman emerge brew snap flatpak nix nix-env opkg xbps-install pip pip3 pipx uv conda mamba npm pnpm yarn npx bun cargo gem-install gem-list composer luarocks cpan cpanm opam stack cabal | t o c n p u f q i t a | v* | flat
`;

function parse(): ReadonlyMap<string, Program> {
  const programs = new Map<string, Program>();
  for (const line of TABLE.trim().split('\n')) {
    const [names = '', options = '', words = '', flags = ''] = line.split('|').map((cell) => cell.trim());
    const kinds = words.split(' ').filter((word) => word !== '');
    const program: Program = {
      options: new Map(
        options
          .split(' ')
          .filter((option) => option !== '')
          .map((option) => {
            const [name = '', kind = 'v'] = option.split('=');
            return [name, kind as WordKind];
          }),
      ),
      words: kinds.map((kind) => kind[0] as WordKind),
      rest: kinds.at(-1)?.endsWith('*') ?? false,
      joined: /joined=([\w,]+)/.exec(flags)?.[1] ?? '',
      flat: flags.includes('flat'),
      whole: flags.includes('whole'),
      reads: flags.includes('reads'),
    };
    for (const name of names.split(' ')) programs.set(name, program);
  }
  return programs;
}

let programs: ReadonlyMap<string, Program> | undefined;

/** The program of this name, or of this name and sub-command: `docker-login`. Versions in names do not count. */
export function programOf(name: string): Program | undefined {
  programs ??= parse();
  return programs.get(name) ?? programs.get(name.replace(/(?:-?(?<!\d)(?<!\d\.)\d+(?:\.\d+)*|\.exe)$/, ''));
}

/** Programs whose sub-commands are programs of their own. */
export function hasSubcommands(name: string): boolean {
  return /^(?:bundle|poetry|rclone|bw|snyk|lpass|gh|gh-secret|net|samba-tool|samba-tool-user|docker|podman|npm|pnpm|yarn|pip|composer|buildah|skopeo|nerdctl|crane|helm|oras|vault|cargo|gem|dotnet|git|getent|hostnamectl|mc|openssl|ansible-vault|xauth|vault-kv|vault-token|vault-operator|crane-auth|helm-registry|helm-repo|dotnet-nuget|mc-alias|mc-config|mc-config-host|az|az-acr|cosign|pass)$/.test(
    name,
  );
}

/** Accounts and machines of everybody: to hide them would only make a trace hard to read. base-passwd(8), images, CI. */
const EVERYBODY = new Set(
  (
    'user root localhost localhost.localdomain nobody host runner runneradmin linuxbrew node ubuntu debian fedora centos alpine admin ' +
    'build builder buildd vagrant docker git postgres mysql www-data nginx apache http redis mongodb app ci dev test ' +
    'jenkins gitlab-runner gitlab-ci-token oauth2 x-access-token circleci travis daemon bin sys sync games man lp mail news ' +
    'uucp proxy backup list irc gnats _apt systemd-network systemd-resolve systemd-timesync messagebus sshd ftp ' +
    'nogroup staff wheel sudo audio video tty disk kmem shadow utmp users operator adm default anonymous guest ' +
    'ec2-user azureuser core pi kali steam rabbitmq elasticsearch tomcat jovyan coder codespace vscode gitpod ' +
    'portage polkitd avahi colord gdm rtkit ntp chrony postfix dovecot bind named unbound memcache zabbix ' +
    'buildkite-agent teamcity bamboo jboss wildfly airflow hadoop spark kafka zookeeper nixbld makepkg abuild (none)'
  ).split(' '),
);

/**
 * Words that stand in paths and command lines everywhere. Somebody can be called so, but where nothing says that the
 * person or the machine is meant, it is the word.
 */
const WORDS = new Set(
  (
    'lib libs lib64 lib32 src bin sbin usr etc var opt tmp temp home local share include libexec run dev proc sys media mnt srv boot data ' +
    'db sql web www api app apps main master index config conf cfg settings cache caches log logs doc docs example examples ' +
    'test tests testing spec build builds dist out output target release debug obj objs object objects install installed make ' +
    'cmake ninja meson python python2 python3 perl ruby node npm yarn go rust cargo java javac gcc cc cpp clang ld as ar ' +
    'zig sh bash dash zsh env sudo su git svn hg ssh scp curl wget tar gzip zip unzip sed awk grep find cat ls cp mv rm ' +
    'echo printf mkdir touch chmod chown head tail sort uniq cut tr tee xargs file files dir dirs path paths name names value ' +
    'values key keys type types class classes module modules package packages pkg pkgs vendor third party tool tools util ' +
    'utils common core base std sdk client clients server servers service services host hosts user users group groups ' +
    'public private shared static dynamic internal external system kernel linux unix posix windows win mac darwin android ios x ' +
    'amd64 arm64 x86 i386 arm aarch64 riscv64 gnu musl glibc libc max min mark will all any none null true false yes no on off ' +
    'new old first last next prev start stop end open close read write get set put post list add del delete remove update ' +
    'create init exit wait time date day month year hour second ' +
    'project projects repo repos source sources code work works workspace job jobs task tasks stage step pipeline image images ' +
    'container containers docker podman model models view views page pages style styles script scripts template templates ' +
    'asset assets font fonts icon icons lang locale locales en de fr es it us uk html css js ts json xml yaml toml md txt ' +
    'proxy mail smtp imap ftp http https dns nas nfs smb db1 web1 app1 node1 master1 prod production staging stage dev1 ' +
    'east west north south info error warn warning debug trace strace perf gdb valgrind fork exec clone open64 stat statx ' +
    'socket connect bind listen accept send recv pipe poll select signal kill thread threads process processes mutex lock ' +
    'patch patches hook hooks plugin plugins extension extensions addon addons theme themes setup check checks verify tag tags ' +
    'branch head origin remote upstream stable latest edge beta alpha nightly version versions mode level size count number ' +
    'default custom generic simple basic full mini micro nano small medium large big long short high low fast slow safe ' +
    'net network networking router gateway switch bridge eth0 eth1 lo wlan0 device devices driver drivers mod sock ' +
    'terminal console screen window desktop browser chrome firefox vim emacs nano editor shell login passwd password token secret auth ' +
    'nothing something other others misc extra contrib support help readme license copying notice changelog todo bug bugs fix issue'
  ).split(' '),
);

/** Whether this is nobody's own name: it stays wherever it stands. */
export function isEverybodys(name: string): boolean {
  return EVERYBODY.has(name);
}

/** Whether a name that was found somewhere says enough to be hidden also where nothing says what it is. */
export function isTelling(name: string): boolean {
  if (name.length < 3 || name.length > 253 || /^[\d.:-]+$/.test(name)) return false;
  return !EVERYBODY.has(name) && !WORDS.has(name.toLowerCase());
}

/** A name that can be an account: no number, no variable, no version, no path. */
export function isAccount(name: string): boolean {
  return (
    /^[A-Za-z_\x80-\uffff][\w.+@\x80-\uffff-]{0,63}\$?$/.test(name) &&
    !/^(?:true|false|yes|no|on|off|none|null|nil|auto)$/i.test(name)
  );
}

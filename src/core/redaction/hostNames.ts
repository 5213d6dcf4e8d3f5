/**
 * Registries, distributions and places of code: everybody's machines, so a name says nothing of the person. A name
 * counts with all names below it only where it is no place that gives names away (`*.github.io` is somebody's).
 */
const PUBLIC = new Set(
  (
    'github.com api.github.com codeload.github.com raw.githubusercontent.com objects.githubusercontent.com gist.github.com uploads.github.com ghcr.io pkg.github.com ' +
    'npm.pkg.github.com maven.pkg.github.com gitlab.com registry.gitlab.com bitbucket.org api.bitbucket.org codeberg.org sr.ht git.sr.ht ' +
    'sourceforge.net downloads.sourceforge.net savannah.gnu.org savannah.nongnu.org git.savannah.gnu.org launchpad.net ppa.launchpad.net ' +
    'docker.io index.docker.io registry-1.docker.io auth.docker.io registry.hub.docker.com hub.docker.com download.docker.com get.docker.com production.cloudflare.docker.com ' +
    'quay.io gcr.io k8s.gcr.io registry.k8s.io k8s.io mcr.microsoft.com public.ecr.aws lscr.io registry.access.redhat.com registry.redhat.io ' +
    'registry.fedoraproject.org registry.opensuse.org cgr.dev nvcr.io docker.elastic.co ' +
    'registry.npmjs.org registry.npmjs.com npmjs.org npmjs.com www.npmjs.com registry.yarnpkg.com yarnpkg.com nodejs.org deno.land jsr.io esm.sh unpkg.com cdn.jsdelivr.net ' +
    'pypi.org pypi.python.org files.pythonhosted.org test.pypi.org bootstrap.pypa.io python.org www.python.org conda.anaconda.org repo.anaconda.com ' +
    'crates.io static.crates.io index.crates.io rust-lang.org static.rust-lang.org sh.rustup.rs rustup.rs docs.rs ' +
    'proxy.golang.org sum.golang.org golang.org go.dev dl.google.com pkg.go.dev gopkg.in goproxy.io goproxy.cn google.golang.org go.uber.org go.opentelemetry.io ' +
    'rubygems.org index.rubygems.org repo.maven.apache.org repo1.maven.org central.sonatype.com oss.sonatype.org s01.oss.sonatype.org maven.google.com plugins.gradle.org services.gradle.org downloads.gradle.org jcenter.bintray.com jitpack.io ' +
    'packagist.org repo.packagist.org getcomposer.org nuget.org api.nuget.org www.nuget.org dotnet.microsoft.com hex.pm repo.hex.pm hackage.haskell.org cpan.org www.cpan.org metacpan.org cran.r-project.org ' +
    'deb.debian.org security.debian.org ftp.debian.org snapshot.debian.org debian.org www.debian.org packages.debian.org archive.debian.org incoming.debian.org ' +
    'archive.ubuntu.com security.ubuntu.com ports.ubuntu.com ubuntu.com azure.archive.ubuntu.com keyserver.ubuntu.com changelogs.ubuntu.com esm.ubuntu.com ' +
    'dl-cdn.alpinelinux.org alpinelinux.org mirrors.fedoraproject.org fedoraproject.org dl.fedoraproject.org download.fedoraproject.org kojipkgs.fedoraproject.org mirrorlist.centos.org mirror.centos.org vault.centos.org ' +
    'mirrors.almalinux.org dl.rockylinux.org cdn.redhat.com archlinux.org geo.mirror.pkgbuild.com aur.archlinux.org download.opensuse.org opensuse.org cache.nixos.org nixos.org channels.nixos.org distfiles.gentoo.org ' +
    'freebsd.org kernel.org www.kernel.org git.kernel.org cdn.kernel.org gnu.org www.gnu.org ftp.gnu.org ftpmirror.gnu.org gcc.gnu.org sourceware.org llvm.org releases.llvm.org apt.llvm.org ziglang.org cmake.org musl.libc.org ' +
    'freedesktop.org gitlab.freedesktop.org gnome.org gitlab.gnome.org download.gnome.org kde.org invent.kde.org x.org xorg.freedesktop.org openssl.org www.openssl.org sqlite.org www.sqlite.org zlib.net curl.se boost.org apache.org archive.apache.org downloads.apache.org dlcdn.apache.org ' +
    'brew.sh formulae.brew.sh cdn.playwright.dev playwright.azureedge.net storage.googleapis.com dl.k8s.io get.helm.sh releases.hashicorp.com huggingface.co w3.org www.w3.org json-schema.org schemas.xmlsoap.org spdx.org'
  ).split(' '),
);

/** Domains whose every name is a machine of a distribution or a place of code, not of its users. */
const PUBLIC_UNDER =
  /(?:^|\.)(?:debian\.org|ubuntu\.com|fedoraproject\.org|archlinux\.org|alpinelinux\.org|kernel\.org|gnu\.org|docker\.io|docker\.com|npmjs\.org|pythonhosted\.org|crates\.io|golang\.org|freedesktop\.org|python\.org|nixos\.org|opensuse\.org|gentoo\.org|freebsd\.org|netbsd\.org|openbsd\.org|rust-lang\.org|llvm\.org|apache\.org)$/;

/** Names that every machine has for itself, and what this program puts in the place of others. */
const NOBODYS =
  /^(?:localhost(?:\.localdomain)?|ip6-localhost|ip6-loopback|host|host\.docker\.internal|\(none\))$/;

/** Whether everybody knows this machine: on the list, or one that is no other's (`localhost`). */
export function isPublicHost(name: string): boolean {
  const lower = name.toLowerCase().replace(/\.$/, '');
  return lower === '' || NOBODYS.test(lower) || PUBLIC.has(lower) || PUBLIC_UNDER.test(lower);
}

/** Endings of host names that hardly anything else has: two labels are enough. */
const SURE = /^(?:com|edu|gov|mil|biz|internal|intranet|intra|corp|lan|localdomain|onion|cloud|arpa)$/;
/** Endings that packages, files and fields have too: three labels, or a place where a host is expected. */
const LIKELY =
  /^(?:net|org|io|dev|app|info|int|local|home|private|test|example|invalid|ai|co|me|tv|xyz|site|online|tech|systems|network|company|agency|solutions|digital|software|group|world|live|space|store|de|fr|uk|nl|jp|cn|ru|it|es|at|ch|se|no|fi|dk|eu|us|ca|au|br|kr|tw|cz|be|gr|ie|pt|hu|ro|ua|tr|il|mx|ar|nz|za|sg|hk|id|lt|lv|ee|sk|si|bg|hr|lu|is|cl|pe|vn|th|ph|ir|ae|sa|eg|ng|ke|gg|lol|cx)$/;
/** Endings that modules have: more must speak for a host. */
const WEAK = /^(?:test|local|home|private|example|invalid|info|int|dev|app|group|world|live|space|store)$/;
/** Names of packages are written the other way round: `com.example.app`, `javax.net`. */
const REVERSED =
  /^(?:com|org|net|edu|gov|java|javax|jdk|sun|kotlin|scala|akka|android|androidx|io|dev|de|uk|system|microsoft|asp|vb|self|this|os|sys|std|node|process|window|document|module|exports|console|math|np|pd|tf|readme|notes|todo|index|config|main)$/;

/**
 * Whether a word of labels and dots is a host's name by its looks. `file`: it is a part of a path, where endings of
 * files look the same.
 */
export function looksLikeHost(word: string, file = false): boolean {
  if (word.length > 253) return false;
  const labels = word.split('.');
  const last = labels.at(-1)!.toLowerCase();
  if (labels.length < 2 || labels.some((label) => !/^[A-Za-z0-9_](?:[\w-]{0,61}[A-Za-z0-9])?$/.test(label)))
    return false;
  const before = labels.at(-2)!;
  if (/^v?\d+$/.test(before) || REVERSED.test(labels[0]!.toLowerCase())) return false;
  if (SURE.test(last)) return !file || labels.length > 2;
  if (WEAK.test(last)) {
    return (
      labels.length > 3 ||
      (labels.length > 2 && labels.some((label) => /[\d-]/.test(label) || SURE.test(label)))
    );
  }
  return LIKELY.test(last) && labels.length > 2 && !labels.slice(0, -1).every((label) => /^\d+$/.test(label));
}

/** `ip-10-20-30-40`, as clouds call their machines. */
export function isAddressName(word: string): boolean {
  return /^ip-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}$/.test(word);
}

/** `x86_64-linux-gnu`, `aarch64-apple-darwin`: what `--host` of configure means. */
const MACHINE =
  /(?:^|[-_])(?:linux|gnu|musl|android|none|elf|eabi|mingw32|w64|cygwin|msvc|windows|apple|darwin|macos|ios|freebsd|netbsd|openbsd|solaris|wasi|wasm32|unknown|pc|x86|x86_64|amd64|i[3-6]86|arm|armhf|armv[5-8]\w*|aarch64|arm64|mips\w*|powerpc\w*|ppc64\w*|riscv\d*\w*|s390x?|sparc\w*|loongarch64)(?:[-_\d]|$)/i;

/** A word that can be a host where one is expected: no option, number, path, variable or kind of machine. */
export function canBeHost(word: string): boolean {
  return (
    word.length <= 253 &&
    /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/.test(word) &&
    /[A-Za-z]/.test(word) &&
    !/^0x|^v?\d+(?:\.\d+)*\w?$/i.test(word) &&
    !/^(?:true|false|yes|no|on|off|none|null|auto|any|all|self|default|localhost|native)$/i.test(word) &&
    !MACHINE.test(word)
  );
}

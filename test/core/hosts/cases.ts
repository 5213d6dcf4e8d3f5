/**
 * Behaviour of hosts as data, one case a line: `HOST | ABI | SYSCALL ARG… | ANSWER CAUSE | where it is known from`.
 * Arguments that are not written are unknown. A `-` as ABI is the host's own. Answers are `allow`, an errno, or an action.
 */
export const CASES = `
# statx: in Docker's profile since 18.04, in libseccomp since 2.3.3 (moby#36417)
docker@17.03.0,arch=amd64                       | - | statx      | EPERM default  | moby#36417
docker@17.12.1,arch=amd64                       | - | statx      | EPERM default  | moby#36417
docker@18.03.1,arch=amd64                       | - | statx      | EPERM default  | moby#36417
docker@18.04.0,arch=amd64                       | - | statx      | allow rule     | moby#36417
docker@18.06.3,arch=amd64                       | - | statx      | allow rule     | moby#36417
docker@18.04.0,libseccomp=2.3.1,arch=amd64      | - | statx      | EPERM default  | rust#65662: the old libseccomp of the host

# 64-bit time on 32-bit ABIs: in the profile since 19.03.9 (moby#40734)
docker@19.03.8,arch=amd64                       | x86 | clock_gettime64   | EPERM default | moby#40734
docker@19.03.9,arch=amd64                       | x86 | clock_gettime64   | allow rule    | moby#40734
docker@19.03.8,arch=arm                         | -   | clock_gettime64   | EPERM default | docker-alpine#135
docker@19.03.9,arch=arm                         | -   | clock_gettime64   | allow rule    | docker-alpine#135
docker@19.03.9,libseccomp=2.4.1,arch=arm        | -   | clock_gettime64   | EPERM default | Alpine 3.13 release notes: libseccomp < 2.4.2
docker@19.03.15,libseccomp=2.4.1,arch=arm64     | arm | utimensat_time64  | EPERM default | Alpine 3.13 release notes
docker@20.10.5,libseccomp=2.4.1,arch=arm64      | arm | futex_time64      | EPERM default | the arm private numbers keep the stub away

# faccessat2: in the profile since 20.10.0, in libseccomp since 2.4.4 (moby#41353, runc#2151)
docker@19.03.15,arch=amd64                      | - | faccessat2 | EPERM default  | moby#41353
docker@20.10.0,arch=amd64                       | - | faccessat2 | allow rule     | moby#41353
docker@20.10.0,libseccomp=2.4.3,arch=amd64      | - | faccessat2 | EPERM default  | no stub before runc 1.0.0-rc93
docker@20.10.5,libseccomp=2.4.3,arch=amd64      | - | faccessat2 | ENOSYS stub    | runc#2750
docker@20.10.5,libseccomp=2.4.4,arch=amd64      | - | faccessat2 | allow rule     | libseccomp 2.4.4
docker@20.10.5,libseccomp=2.4.3,runc=1.0.0-rc92,arch=amd64 | - | faccessat2 | EPERM default | runc#2151
docker@20.10.5,libseccomp=2.4.3,arch=arm        | - | faccessat2 | EPERM default  | 983045 is the largest number on arm

# clone3: EPERM on 20.10.4 to 20.10.9 with a new libseccomp, ENOSYS from 20.10.10 (moby#42680)
docker@20.10.4,arch=amd64                       | - | clone3 | EPERM default | moby#42680
docker@20.10.9,arch=amd64                       | - | clone3 | EPERM default | moby#42680
docker@20.10.9,libseccomp=2.4.3,arch=amd64      | - | clone3 | ENOSYS stub   | 434 (pidfd_open) is the largest known number
docker@20.10.9,libseccomp=2.3.3,arch=amd64      | - | clone3 | ENOSYS stub   | the largest known number is below 435
docker@20.10.10,arch=amd64                      | - | clone3 | ENOSYS rule   | moby#42681
docker@20.10.10,arch=amd64,cap=SYS_ADMIN        | - | clone3 | allow rule    | moby#42681
docker@29.7.2,arch=amd64                        | - | clone3 | ENOSYS rule   | moby#42681
containerd@1.4.9,arch=amd64                     | - | clone3 | EPERM default | containerd 1.4.10
containerd@1.4.10,arch=amd64                    | - | clone3 | ENOSYS rule   | containerd 1.4.10
containerd@1.5.6,arch=amd64                     | - | clone3 | ENOSYS rule   | containerd 1.5.6
podman@3.2.3,arch=amd64                         | - | clone3 | EPERM default | podman#11862
podman@3.3.0,arch=amd64                         | - | clone3 | allow rule    | containers/common 0.40
buildkit@0.9.0,arch=amd64                       | - | clone3 | EPERM default | vendored before moby#42681
buildkit@0.9.1,arch=amd64                       | - | clone3 | ENOSYS rule   | vendored moby#42681

# close_range: in the profile since 20.10.0, in libseccomp since 2.5.2
docker@19.03.15,arch=amd64                      | - | close_range | EPERM default | not in the profile
docker@20.10.4,libseccomp=2.5.1,arch=amd64      | - | close_range | EPERM default | libseccomp 2.5.1 skips the name; 436 is below faccessat2
docker@20.10.4,libseccomp=2.5.2,arch=amd64      | - | close_range | allow rule    | libseccomp 2.5.2
docker@20.10.4,libseccomp=2.4.3,arch=amd64      | - | close_range | ENOSYS stub   | nothing above 435 is known

# fchmodat2 on 24.0.9: ENOSYS on x86_64, EPERM on 32-bit arm (docker-ce-packaging#1007, moby#47341)
docker@24.0.9,arch=amd64                        | - | fchmodat2 | ENOSYS stub   | docker-ce-packaging#1007
docker@24.0.9,arch=arm64                        | - | fchmodat2 | ENOSYS stub   | docker-ce-packaging#1007
docker@24.0.9,arch=arm                          | - | fchmodat2 | EPERM default | docker-ce-packaging#1007
docker@24.0.9,arch=arm64                        | arm | fchmodat2 | EPERM default | docker-ce-packaging#1007
docker@25.0.2,arch=amd64                        | - | fchmodat2 | ENOSYS stub   | moby#47341
docker@25.0.3,arch=amd64                        | - | fchmodat2 | allow rule    | moby#47341
docker@25.0.3,libseccomp=2.5.4,arch=amd64       | - | fchmodat2 | ENOSYS stub   | libseccomp knows it since 2.5.5
docker@25.0.3,libseccomp=2.5.4-1+deb12u1,arch=amd64 | - | fchmodat2 | allow rule | Debian's package carries the 6.7 table
docker@23.0.10,libseccomp=2.5.5,arch=arm        | - | fchmodat2 | allow rule    | moby#47341
docker@24.0.9,runc=1.1.5,libseccomp=2.5.4,arch=ppc64le | - | fchmodat2 | EPERM default | no architectures in the spec: no stub before 1.1.15 (runc#4219)
docker@24.0.9,runc=1.1.15,libseccomp=2.5.4,arch=ppc64le | - | fchmodat2 | ENOSYS stub | runc#4219

# loong64: no architectures in the spec, and no stub for it before runc 1.4.0
buildkit@0.12.3,runc=1.1.7,arch=loong64         | - | fchmodat2 | EPERM default | BuildKit on loong64, first row
buildkit@0.19.0,runc=1.2.6,arch=loong64         | - | fchmodat2 | allow rule    | BuildKit on loong64, second row
buildkit@0.12.3,runc=1.2.6,libseccomp=2.5.5,arch=loong64 | - | fchmodat2 | EPERM default | the profile decides, not runc
buildkit@0.12.3,runc=1.4.0,libseccomp=2.6.0,arch=loong64 | - | fchmodat2 | ENOSYS stub | the stub knows loongarch64 since 1.4.0

# riscv64: architectures since 23.0.16, 25.0.7 and 27.3.0 (moby#48471)
docker@27.2.1,runc=1.1.12,arch=riscv64          | - | mseal | EPERM default | moby#48471
docker@27.3.1,runc=1.1.14,arch=riscv64          | - | mseal | ENOSYS stub   | moby#48471
docker@26.1.5,runc=1.1.15,arch=riscv64          | - | mseal | ENOSYS stub   | runc#4219

# s390x: a number unknown to the kernel reaches seccomp as 0 (runc#3478)
docker@24.0.9,runc=1.1.2,arch=s390x             | - | syscall#0 | EPERM default | runc#3478
docker@24.0.9,runc=1.1.3,arch=s390x             | - | syscall#0 | ENOSYS stub   | runc#3478

# Arguments
docker@20.10.5,arch=amd64                       | - | personality 0          | allow rule    | default profile
docker@20.10.5,arch=amd64                       | - | personality 0xffffffff | allow rule    | default profile
docker@20.10.5,arch=amd64                       | - | personality 0x40000    | EPERM default | ADDR_NO_RANDOMIZE: gdb, setarch -R
docker@20.10.5,arch=amd64                       | - | clone 0x11             | allow rule    | fork
docker@20.10.5,arch=amd64                       | - | clone 0x10000011       | EPERM default | CLONE_NEWUSER
docker@20.10.5,arch=amd64,cap=SYS_ADMIN         | - | clone 0x10000011       | allow rule    | CLONE_NEWUSER
docker@20.10.5,arch=s390x                       | - | clone 0x10000000 0x11  | allow rule    | flags are the second argument on s390
docker@23.0.0,arch=amd64                        | - | socket 40              | EPERM default | AF_VSOCK, moby#44563
docker@23.0.0,arch=amd64                        | - | socket 2               | allow rule    | AF_INET
docker@29.4.2,arch=amd64                        | x86 | socketcall 1         | ENOSYS rule   | Docker 29.4.2
docker@29.4.3,arch=amd64                        | x86 | socketcall 1         | allow rule    | reverted in 29.4.3

# Capabilities and kernels
docker@20.10.5,arch=amd64                       | - | mount                  | EPERM default | needs CAP_SYS_ADMIN
docker@20.10.5,arch=amd64,cap=SYS_ADMIN         | - | mount                  | allow rule    | CAP_SYS_ADMIN
docker@20.10.5,arch=amd64,cap=ALL               | - | reboot                 | allow rule    | CAP_SYS_BOOT
docker@20.10.5,arch=amd64,cap=-ALL              | - | chroot                 | EPERM default | CAP_SYS_CHROOT dropped
docker@20.10.5,arch=amd64,cap=SYS_ADMIN,cap=-ALL | - | bpf                   | allow rule    | added although all are dropped
docker@20.10.5,arch=amd64,kernel=4.8            | - | ptrace                 | allow rule    | minKernel 4.8
docker@20.10.5,arch=amd64,kernel=4.4            | - | ptrace                 | EPERM default | minKernel 4.8
docker@18.09.9,arch=amd64,kernel=5.4            | - | ptrace                 | EPERM default | minKernel came with 19.03
docker@28.5.2,arch=amd64,kernel=5.4             | - | faccessat2             | ENOSYS kernel | allowed, but older than Linux 5.8

# io_uring: taken out again (moby#46762)
docker@24.0.9,arch=amd64                        | - | io_uring_setup         | allow rule    | moby#46762
docker@25.0.0,arch=amd64                        | - | io_uring_setup         | EPERM default | moby#46762
containerd@1.7.27,arch=amd64                    | - | io_uring_setup         | allow rule    | containerd 1.x
containerd@2.0.0,arch=amd64                     | - | io_uring_setup         | EPERM default | containerd 2.0

# crun has no stub; containers/common answers ENOSYS by default since 0.40
podman@3.0,arch=amd64                           | - | fchmodat2 | EPERM default  | crun, default EPERM
podman@3.2.3,arch=amd64                         | - | fchmodat2 | EPERM default  | crun, default EPERM
podman@4.3.1,arch=amd64                         | - | fchmodat2 | ENOSYS default | default ENOSYS
podman@3.3.0,crun=0.18,arch=amd64               | - | fchmodat2 | EPERM default  | defaultErrnoRet is honoured since crun 0.19
podman@4.3.1,arch=amd64                         | - | bpf       | EPERM rule     | refused on purpose
podman@4.3.1,arch=amd64,cap=SYS_ADMIN           | - | mount     | allow rule     | containers/common
docker@24.0.9,crun=1.8,arch=amd64               | - | fchmodat2 | EPERM default  | Docker's profile on crun
buildah@1.33.0,arch=amd64                       | - | fchmodat2 | ENOSYS default | as podman
crio@1.23,arch=amd64                            | - | unshare   | allow rule     | the table unmodified
crio@1.24,arch=amd64                            | - | unshare   | ENOSYS default | RuntimeDefault without unshare
crio@1.24,arch=amd64,cap=SYS_ADMIN              | - | unshare   | allow rule     | with CAP_SYS_ADMIN
crio@1.29.8,arch=amd64                          | - | clone 0x10000011 | allow rule    | before 1.29.9
crio@1.29,arch=amd64                            | - | clone 0x10000011 | EPERM rule    | since 1.29.9
crio@1.29,arch=amd64                            | - | clone 0x11       | allow rule    | since 1.29.9
crio@1.30.5,arch=amd64                          | - | clone3           | allow rule    | before 1.30.6
crio@1.31,arch=amd64                            | - | clone3           | ENOSYS default | since 1.30.6

# Both sides of each boundary in runtime-behaviour's sections a to f that is not above
docker@20.10.5,runc=1.0.0-rc92,libseccomp=2.4.1,arch=amd64 | - | close_range | EPERM default | no stub before rc93
docker@20.10.5,runc=1.0.0-rc93,libseccomp=2.4.1,arch=amd64 | - | close_range | ENOSYS stub   | runc#2750
docker@24.0.9,runc=1.1.12,arch=386              | - | fchmodat2   | EPERM default  | no architectures in the spec
docker@24.0.9,runc=1.1.15,arch=386              | - | fchmodat2   | ENOSYS stub    | runc#4219
docker@24.0.9,runc=1.2.0-rc.1,arch=386          | - | fchmodat2   | ENOSYS stub    | runc#4219
docker@24.0.9,runc=1.1.15,arch=arm              | - | fchmodat2   | EPERM default  | a native stub above 983045 helps nobody
docker@24.0.9,runc=1.3.0,arch=loong64           | - | fchmodat2   | EPERM default  | the stub does not know loongarch64
docker@24.0.9,runc=1.4.0-rc.1,libseccomp=2.5.4,arch=loong64 | - | fchmodat2 | ENOSYS stub | since runc 1.4.0-rc.1
docker@23.0.15,runc=1.1.12,arch=riscv64         | - | mseal       | EPERM default  | moby#48471
docker@23.0.16,runc=1.1.12,arch=riscv64         | - | mseal       | ENOSYS stub    | moby#48471
docker@24.0.9,runc=1.1.12,arch=riscv64          | - | mseal       | EPERM default  | not brought back to 24
docker@25.0.6,runc=1.1.12,arch=riscv64          | - | mseal       | EPERM default  | moby#48471
docker@25.0.7,runc=1.1.12,arch=riscv64          | - | mseal       | ENOSYS stub    | moby#48471
docker@27.3.0,runc=1.1.7,arch=riscv64           | - | mseal       | EPERM default  | the stub knows riscv64 since 1.1.8
docker@27.3.0,runc=1.1.8,arch=riscv64           | - | mseal       | ENOSYS stub    | the stub knows riscv64 since 1.1.8
docker@1.11.2,runc=1.1.12,arch=s390x            | - | faccessat2  | EPERM default  | no architectures for s390x before 1.12
docker@1.12.6,runc=1.1.12,arch=s390x            | - | faccessat2  | ENOSYS stub    | architectures for s390x since 1.12
docker@24.0.9,arch=amd64                        | - | uretprobe   | allow kernel   | not filtered since Linux 6.14
docker@24.0.9,kernel=6.13,arch=amd64            | - | uretprobe   | EPERM default  | a hole below the largest number
docker@18.03.1,kernel=6.17,arch=amd64           | - | uprobe      | EPERM default  | Linux 6.18
kernel@6.17,arch=amd64                          | - | uprobe      | ENOSYS kernel  | Linux 6.18
kernel@6.18,arch=amd64                          | - | lookup_dcookie | ENOSYS kernel | Linux 6.18.44; removed in 5.12
kernel@5.10,arch=amd64                          | - | lookup_dcookie | allow default | before 5.12
docker@18.03.1,kernel=6.18,arch=amd64           | - | uprobe      | allow kernel   | Linux 6.18
containerd@1.7.0,arch=arm                       | - | fchmodat2   | EPERM default  | 983045 in containerd's profile too
containerd@1.5.5,arch=amd64                     | - | clone3      | EPERM default  | containerd 1.5.6
containerd@1.5.6,arch=amd64,cap=SYS_ADMIN       | - | clone3      | allow rule     | with CAP_SYS_ADMIN
docker@24.0.9,crun=0.13,arch=amd64              | - | clone3      | EPERM default  | errnoRet since crun 0.14
docker@24.0.9,crun=0.14,arch=amd64              | - | clone3      | ENOSYS rule    | errnoRet since crun 0.14
podman@4.3.1,crun=0.19,arch=amd64               | - | fchmodat2   | ENOSYS default | defaultErrnoRet since crun 0.19
buildah@1.21.0,arch=amd64                       | - | fchmodat2   | EPERM default  | containers/common 0.40 came with 1.22.0
buildah@1.22.0,arch=amd64                       | - | fchmodat2   | ENOSYS default | containers/common 0.40 came with 1.22.0
crio@1.22.0,arch=amd64                          | - | fchmodat2   | ENOSYS stub    | runc below a default of ENOSYS
podman@4.3.1,arch=amd64,kernel=4.4              | - | ptrace      | allow rule     | containers/common has no minKernel
docker@19.03.0,arch=amd64,kernel=4.7            | - | ptrace      | EPERM default  | minKernel since 19.03.0
docker@19.03.0,arch=amd64,kernel=4.8            | - | ptrace      | allow rule     | minKernel since 19.03.0
docker@19.03.9,libseccomp=2.4.2,arch=arm        | - | futex_time64 | allow rule    | libseccomp 2.4.2
docker@19.03.9,libseccomp=2.4.1,arch=arm64      | - | getrlimit   | allow rule     | libseccomp 2.4.2 lost it on aarch64
docker@19.03.9,libseccomp=2.4.2,arch=arm64      | - | getrlimit   | EPERM default  | libseccomp 2.4.2 lost it on aarch64
gvisor@20220201,arch=amd64                      | - | close_range | ENOSYS kernel  | implemented 2022-03
gvisor@20220401,arch=amd64                      | - | close_range | allow kernel   | implemented 2022-03
gvisor@20260401,arch=amd64                      | - | pidfd_open  | ENOSYS kernel  | implemented 2026-05
gvisor@20260601,arch=amd64                      | - | pidfd_open  | allow kernel   | implemented 2026-05
gvisor@20260601,arch=amd64                      | - | userfaultfd | ENOSYS kernel  | never implemented

# The runc that a release was made with (script/setup/runc-version, ARG RUNC_VERSION) and its libseccomp decide
containerd@1.6.36,arch=amd64                    | - | fchmodat2 | allow rule    | runc 1.1.14, made with libseccomp 2.5.5
containerd@1.6.33,arch=amd64                    | - | fchmodat2 | ENOSYS stub   | runc 1.1.12, made with libseccomp 2.5.4
buildkit@0.8.1,arch=amd64                       | - | openat2   | EPERM default | runc 939ad4e3fcfa: 166 commits after rc92, before the stub
buildkit@0.8.2,arch=amd64                       | - | openat2   | ENOSYS stub   | runc 1.0.0-rc93
buildkit@0.17.0,arch=386                        | - | open_tree | EPERM default | a hole below the largest number
buildkit@0.16.0,arch=ppc64le                    | - | mseal     | EPERM default | runc 1.1.14 has no stub without architectures
buildkit@0.17.0,arch=ppc64le                    | - | mseal     | ENOSYS stub   | runc 1.1.15 (runc#4219)

# gVisor, old kernels, no filter
gvisor@20220101,arch=amd64                      | - | faccessat2     | ENOSYS kernel | implemented 2022-11
gvisor@20230101,arch=amd64                      | - | faccessat2     | allow kernel  | implemented 2022-11
gvisor@20230801,arch=amd64                      | - | clone3         | ENOSYS kernel | implemented 2023-09
gvisor@20240101,arch=amd64                      | - | clone3         | allow kernel  | implemented 2023-09
gvisor@20240101,arch=amd64                      | - | copy_file_range | ENOSYS kernel | never implemented
gvisor@20240101,arch=amd64                      | - | reboot         | EPERM kernel  | asks for CAP_SYS_BOOT
gvisor@20240101,arch=amd64,cap=SYS_BOOT         | - | reboot         | ENOSYS kernel | not implemented anyway
gvisor@20200101,arch=amd64                      | - | setxattr       | EOPNOTSUPP kernel | until 2020-01-15
gvisor@20240101,arch=amd64                      | - | pselect6       | allow kernel  | the sentry calls it pselect
gvisor,arch=amd64                               | x86 | read         | ENOSYS kernel | no 32-bit programs
# gVisor's io_uring needs --iouring since ef96e9328 (first in release-20230118.0); 294 is not in its table of arm64
gvisor@20221122,arch=amd64                      | - | io_uring_setup | allow kernel  | on by default for two months
gvisor@20230118,arch=amd64                      | - | io_uring_setup | ENOSYS kernel | --iouring
gvisor@20260817,arch=amd64                      | - | io_uring_enter | ENOSYS kernel | --iouring
gvisor@20240101,arch=arm64                      | - | io_uring_setup | ENOSYS kernel | --iouring
gvisor@20240101,arch=arm64                      | - | kexec_file_load | ENOSYS kernel | no entry on arm64
gvisor@20240101,arch=amd64                      | - | kexec_file_load | EPERM kernel | CAP_SYS_BOOT
gvisor@20240101,arch=amd64,cap=SYS_BOOT         | - | kexec_file_load | ENOSYS kernel | not implemented anyway
gvisor@20240101,arch=arm64                      | - | kexec_load     | EPERM kernel  | in both tables
gvisor@20240101,arch=amd64                      | - | settimeofday   | EPERM kernel  | CAP_SYS_TIME
gvisor@20240101,arch=amd64,cap=SYS_TIME         | - | settimeofday   | ENOSYS kernel | CAP_SYS_TIME
kernel@5.4,arch=amd64                           | - | faccessat2     | ENOSYS kernel | came with 5.8
kernel@5.8,arch=amd64                           | - | faccessat2     | allow default | came with 5.8
kernel@5.4,arch=amd64                           | - | clone3         | allow default | came with 5.3
kernel@5.4,arch=arm64                           | - | clone3         | ENOSYS kernel | the number came with 5.5 there
kernel@5.4,arch=amd64                           | x86 | clock_gettime64 | allow default | came with 5.1
kernel@5.0,arch=amd64                           | x86 | clock_gettime64 | ENOSYS kernel | came with 5.1
kernel@4.2,arch=amd64                           | x86 | socket       | ENOSYS kernel | only socketcall before 4.3
kernel@6.18,arch=amd64                          | - | _sysctl        | ENOSYS kernel | removed in 5.5
unconfined,kernel=6.18,arch=amd64               | - | mount          | allow default | no filter

# Kubernetes: Unconfined unless the pod or the kubelet says otherwise; RuntimeDefault is the container runtime's own profile
kubernetes@1.30,runtime=containerd@1.7.27,arch=amd64 | - | mount | allow default | kubernetes.io: seccompDefault is off by default
kubernetes@1.30,runtime=containerd@1.7.27,seccomp=RuntimeDefault,arch=amd64 | - | mount | EPERM default | containerd's profile
kubernetes@1.30,runtime=containerd@1.7.27,seccomp=RuntimeDefault,arch=amd64 | - | io_uring_setup | allow rule | as containerd@1.7.27
kubernetes@1.33,runtime=containerd@2.0.0,seccomp=runtime/default,arch=amd64 | - | io_uring_setup | EPERM default | as containerd@2.0.0
k8s@1.30,runtime=crio@1.30.5,seccomp=RuntimeDefault,arch=amd64 | - | clone3 | allow rule | as crio@1.30.5
kubernetes@1.30,runtime=crio@1.30.6,seccomp=RuntimeDefault,arch=amd64 | - | clone3 | ENOSYS default | as crio@1.30.6
kubernetes@1.30,seccomp=Unconfined,kernel=5.4,arch=amd64 | - | faccessat2 | ENOSYS kernel | no filter, an old kernel

# What carries an engine: go.mod of nerdctl, the Readme of GitHub's runner images
nerdctl@0.11.2,arch=amd64                       | - | clone3 | EPERM default | containerd 1.5.5
nerdctl@0.12.0,arch=amd64                       | - | clone3 | ENOSYS rule   | containerd 1.5.6
nerdctl@1.7.7,arch=amd64                        | - | io_uring_setup | allow rule    | containerd 1.7.22
nerdctl@2.0.0,arch=amd64                        | - | io_uring_setup | EPERM default | containerd 2.0.0
dind@20.10.9,arch=amd64                         | - | clone3 | EPERM default | as docker@20.10.9
github-runner@ubuntu-22.04/20220601             | - | mseal  | ENOSYS stub   | Docker 20.10.16
github-runner@ubuntu-24.04/20260323             | - | io_uring_setup | EPERM default | Docker 28.0.4

# Rootless: the kernel asks for capabilities of the initial user namespace (Linux 6.18.44, unshare -Ur)
docker@24.0.9,arch=amd64                        | - | mknod 0 0x21b6 | allow rule  | S_IFCHR: /dev/null
docker-rootless@24.0.9,arch=amd64               | - | mknod 0 0x21b6 | EPERM kernel | S_IFCHR: /dev/null
docker-rootless@24.0.9,arch=amd64               | - | mknodat 0 0 0x61b6 | EPERM kernel | S_IFBLK
docker-rootless@24.0.9,arch=amd64               | - | mknod 0 0x11b6 | allow rule  | S_IFIFO
docker-rootless@24.0.9,arch=amd64               | - | clone3     | ENOSYS rule    | as docker@24.0.9
docker-rootless@24.0.9,arch=amd64               | - | acct       | EPERM default  | the filter comes first
docker-rootless@24.0.9,cap=SYS_PACCT,arch=amd64 | - | acct       | EPERM kernel   | CAP_SYS_PACCT of the initial namespace
docker@24.0.9,cap=SYS_PACCT,arch=amd64          | - | acct       | allow rule     | CAP_SYS_PACCT
rootless-podman@4.3.1,cap=SYS_ADMIN,arch=amd64  | - | mount      | allow rule     | tmpfs, proc and overlay can be mounted
podman-rootless@4.3.1,cap=SYS_TIME,arch=amd64   | - | clock_settime | EPERM kernel | CAP_SYS_TIME of the initial namespace

# Flatpak: setup_seccomp of common/flatpak-run.c
flatpak@1.14.10,arch=amd64                      | - | clone3     | ENOSYS rule | GHSA-67h7-w3jq-vh4q
flatpak@1.8.5,arch=amd64                        | - | clone3     | allow default | before it
flatpak@1.14.10,arch=amd64                      | - | ptrace     | EPERM rule  | without --devel
flatpak@1.14.10,arch=amd64                      | - | clone 0x10000011 | EPERM rule | CLONE_NEWUSER
flatpak@1.14.10,arch=amd64                      | - | clone 0x11 | allow default | fork
flatpak@1.14.10,arch=s390x                      | - | clone 0 0x10000000 | EPERM rule | flags are the second argument
flatpak@1.14.3,arch=amd64                       | - | ioctl 0 0x541c | allow default | TIOCLINUX: CVE-2023-28100
flatpak@1.14.4,arch=amd64                       | - | ioctl 0 0x541c | EPERM rule | TIOCLINUX: CVE-2023-28100
flatpak@1.14.4,arch=amd64                       | - | ioctl 0 0x5412 | EPERM rule | TIOCSTI
flatpak@1.14.4,arch=amd64                       | - | ioctl 0 0x100005412 | EPERM rule | the lower half alone
flatpak@1.14.4,arch=amd64                       | - | ioctl 0 0x5401 | allow default | TCGETS
flatpak@1.14.4,arch=amd64                       | - | socket 16  | allow default | AF_NETLINK
flatpak@1.14.4,arch=amd64                       | - | socket 40  | EAFNOSUPPORT rule | AF_VSOCK
flatpak@1.14.4,arch=amd64                       | - | socket 3   | EAFNOSUPPORT rule | AF_AX25
flatpak@1.14.4,arch=amd64                       | - | personality 0x8 | EPERM rule | only PER_LINUX
flatpak@1.14.4,arch=amd64                       | - | personality 0 | allow default | only PER_LINUX
flatpak@1.14.4,arch=amd64                       | x86 | read     | kill_thread bad-arch | without --allow=multiarch
flatpak@1.14.4,libseccomp=2.4.1,arch=amd64      | - | clone3     | allow default | a name that libseccomp does not know can't be blocked

# LXC's common.seccomp, the default of LXD and Incus
lxc,arch=amd64                                  | - | kexec_load | EPERM rule  | errno 1
lxd,arch=amd64                                  | - | kexec_load | ENOSYS rule | errno 38
incus,arch=amd64                                | - | init_module | ENOSYS rule | errno 38
incus,arch=amd64                                | x86 | init_module | ENOSYS rule | [all]
incus,arch=amd64                                | - | umount2 0 1 | EACCES rule | reject_force_umount
incus,arch=amd64                                | - | umount2 0 2 | allow default | MNT_DETACH
incus,arch=amd64                                | - | bpf        | allow default | no interception

# Sandboxes of coding agents: landlock.rs of Codex, seccomp-unix-block.c of the Sandbox Runtime
codex,arch=amd64                                | - | connect    | EPERM rule  | no network
codex,arch=amd64                                | - | recvfrom   | allow default | cargo clippy needs it
codex,arch=amd64                                | - | socket 1   | allow rule  | AF_UNIX
codex,arch=amd64                                | - | socket 2   | EPERM rule  | AF_INET
codex,arch=amd64                                | - | io_uring_setup | EPERM rule | io_uring could connect
codex,arch=arm64                                | arm | read     | kill_process bad-arch | seccompiler
sandbox-runtime,arch=amd64                      | - | socket 1   | EPERM rule  | AF_UNIX
srt,arch=amd64                                  | - | socket 2   | allow default | AF_INET
srt,arch=amd64                                  | - | socketpair 1 | allow default | socket alone

# Stacked: the strictest result; of two errnos the one of the filter that was loaded last (seccomp(2))
docker@29.7.2+codex@0.150,arch=amd64            | - | connect    | EPERM rule    | codex refuses, Docker allows
docker@29.7.2,arch=amd64+codex                  | - | clone3     | ENOSYS rule   | Docker refuses, codex allows
docker@20.10.5,libseccomp=2.5.1,arch=amd64+flatpak@1.14.4 | - | clone3 | ENOSYS rule | EPERM and ENOSYS: the inner one
flatpak@1.14.4,arch=amd64+docker@20.10.5,libseccomp=2.5.1 | - | clone3 | EPERM default | EPERM and ENOSYS: the inner one
docker@29.7.2,arch=amd64+flatpak@1.14.4         | x86 | read       | kill_thread bad-arch | killing is stricter than allowing
docker@28.5.2,kernel=5.4,arch=amd64+codex       | - | faccessat2 | ENOSYS kernel | both let it through, the kernel lacks it
docker@28.5.2,kernel=5.0,arch=amd64+codex       | - | io_uring_setup | EPERM rule | a filter runs before the kernel looks
unconfined,arch=amd64+codex                     | - | connect    | EPERM rule    | one filter

# The change asked for in runtime-spec#1266
spec-proposal,arch=amd64,kernel=7.1             | - | keyctl         | EPERM default  | before 6.10, not allowed
spec-proposal,arch=amd64,kernel=7.1             | - | mseal          | allow rule     | allowed by the profile
spec-proposal,arch=amd64,kernel=7.1             | - | open_tree_attr | ENOSYS default | Linux 6.15
spec-proposal,arch=amd64,kernel=7.1             | - | syscall#999    | ENOSYS default | no such syscall yet
spec-proposal,arch=amd64,kernel=7.1             | - | clone 0x10000011 | EPERM default | no condition holds
spec-proposal,arch=amd64,kernel=7.1             | - | clone3         | ENOSYS rule    | the profile's own rule
spec-proposal,arch=arm,kernel=7.1               | - | fchmodat2      | allow rule     | also on 32-bit arm
spec-proposal,arch=arm,kernel=7.1               | - | file_getattr   | ENOSYS default | also on 32-bit arm
spec-proposal,arch=loong64,kernel=7.1           | - | fchmodat2      | allow rule     | loong64 with a new profile
spec-proposal,arch=amd64,kernel=7.1             | - | statx          | allow rule     | the same calls under the proposal
spec-proposal,arch=amd64,kernel=7.1             | - | faccessat2     | allow rule     | the same calls under the proposal
spec-proposal,arch=amd64,kernel=7.1             | - | close_range    | allow rule     | the same calls under the proposal
spec-proposal,arch=arm,kernel=7.1               | - | clock_gettime64 | allow rule    | the same calls under the proposal
spec-proposal,arch=amd64,kernel=5.4             | - | faccessat2     | ENOSYS kernel  | allowed, but older than Linux 5.8
spec-proposal,engine=docker@24.0.9,arch=amd64   | - | fchmodat2      | ENOSYS default | libseccomp 2.5.4 has no number for it
spec-proposal,engine=docker@24.0.9,libseccomp=2.5.5,arch=amd64 | - | fchmodat2 | EPERM default | Linux 6.6 is before the baseline: worse than the stub
spec-proposal,engine=docker@24.0.9,arch=arm     | - | fchmodat2      | ENOSYS default | better than today
spec-proposal,engine=docker@24.0.9,arch=arm     | - | getxattrat     | ENOSYS default | Linux 6.13: better than today
spec-proposal,engine=buildkit@0.12.3,arch=loong64 | - | fchmodat2    | ENOSYS default | BuildKit on loong64, first row
spec-proposal,engine=buildkit@0.12.3,arch=loong64 | - | getxattrat   | ENOSYS default | better than today
spec-proposal,engine=docker@20.10.6,arch=amd64  | - | clone3         | EPERM default  | Linux 5.3 is before the baseline
spec-proposal,arch=amd64,kernel=7.1,libseccomp=2.5.4 | - | fchmodat2 | ENOSYS default | libseccomp skips the rule: what the proposal is for
spec-proposal,arch=amd64,kernel=7.1,libseccomp=2.4.1 | - | keyctl    | EPERM default  | every libseccomp knows it
spec-proposal,engine=docker@19.03.8,libseccomp=2.4.1,arch=amd64,kernel=7.1 | x86 | clock_gettime64 | ENOSYS default | libseccomp 2.4.1 has no number for it on x86
spec-proposal,engine=docker@19.03.8,libseccomp=2.4.4,arch=amd64,kernel=7.1 | x86 | clock_gettime64 | EPERM default | libseccomp 2.4.2 brought it
`;

/** Sub-call numbers of socketcall(2) and ipc(2): include/uapi/linux/{net,ipc}.h. */
export const SUBCALLS: Readonly<Record<'socketcall' | 'ipc', Readonly<Record<string, number>>>> = {
  socketcall: {
    socket: 1,
    bind: 2,
    connect: 3,
    listen: 4,
    accept: 5,
    getsockname: 6,
    getpeername: 7,
    socketpair: 8,
    send: 9,
    recv: 10,
    sendto: 11,
    recvfrom: 12,
    shutdown: 13,
    setsockopt: 14,
    getsockopt: 15,
    sendmsg: 16,
    recvmsg: 17,
    accept4: 18,
    recvmmsg: 19,
    sendmmsg: 20,
  },
  ipc: {
    semop: 1,
    semget: 2,
    semctl: 3,
    semtimedop: 4,
    msgsnd: 11,
    msgrcv: 12,
    msgget: 13,
    msgctl: 14,
    shmat: 21,
    shmdt: 22,
    shmget: 23,
    shmctl: 24,
  },
};

/** Through which multiplexing syscall a name goes on 32-bit machines, and its sub-call number; undefined for all other names. */
export function multiplexer(
  name: string,
): { readonly via: 'socketcall' | 'ipc'; readonly call: number } | undefined {
  for (const via of ['ipc', 'socketcall'] as const) {
    if (Object.hasOwn(SUBCALLS[via], name)) return { via, call: SUBCALLS[via][name]! };
  }
  return undefined;
}

import { basename } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import { forStrace } from '../files/files.ts';
import { sweepTemporary } from '../files/temporary.ts';
import { family, startedSince, ticksSinceBoot } from '../process/processes.ts';
import type { Availability, Engine, Job, JobResult } from './engine.ts';
import { whyNotTraced } from './mayTrace.ts';
import { notification } from './notify.ts';
import { supervise } from './supervise.ts';

/** No isolation, and no filter but one that notifies: the command as it is, on this machine. */
export const hostEngine: Engine = {
  name: 'host',
  setupExecs: 0,
  async probe(): Promise<Availability> {
    if (process.platform === 'linux') return { usable: true, version: '' };
    return {
      usable: false,
      why: 'commands can be traced on Linux only',
      hint: 'replay judges traces anywhere',
    };
  },
  async run(job: Job): Promise<Result<JobResult>> {
    if ((job.host?.policy !== undefined && !job.notifying) || job.profileFile !== undefined) {
      return fail('usage', 'the host engine loads no filter', {
        hint: 'use --engine bubblewrap, or --on unconfined, or --fast',
      });
    }
    if (!job.network || job.rootfs !== undefined || job.image !== undefined || job.tree !== undefined) {
      return fail('usage', 'the host engine has no file system or network of its own', {
        hint: 'use --engine bubblewrap',
      });
    }
    await sweepTemporary();
    const [program, ...rest] = job.command;
    if (job.notifying) return notified(job);
    if (!job.tracing) {
      return ok(await supervise({ job, file: program, args: rest, target: (pid) => pid }));
    }
    const { strace, options, output } = job.tracing;
    const begun = ticksSinceBoot();
    const result = await supervise({
      job,
      file: strace,
      args: [...options, '-o', output, '--', forStrace(program, job.cwd), ...rest],
      target: (pid) => family(pid)[1],
      // The same command line, such as `/bin/sh ./script` for a script, started since and in our terminal's job.
      isOurs: ({ pid, words }) =>
        words.length > rest.length &&
        rest.every((word, at) => word === words.at(at - rest.length)) &&
        basename(words.at(-1 - rest.length)!) === basename(program) &&
        startedSince(pid, begun),
    });
    // strace's own failure looks like a command's.
    const refused = result.exit.status === 1 ? await whyNotTraced(strace) : undefined;
    return refused ?? ok(result);
  },
};

/** Under the filter of the job's host, which needs no isolation. */
async function notified(job: Job): Promise<Result<JobResult>> {
  const prepared = await notification(job);
  if (!prepared.ok) return prepared;
  const { descriptors, notes, supervise: start, load, close } = prepared.value;
  try {
    const [file, ...args] = start(3);
    const begun = ticksSinceBoot();
    const result = await supervise({
      job,
      file,
      args: [...args, ...load(3), ...job.command],
      descriptors,
      target: () => job.notifying?.command(),
      isOurs: ({ pid, words }) => words[1] === 'load' && words[0] === load(3)[0] && startedSince(pid, begun),
    });
    return ok({ ...result, notes: [...notes, ...(result.notes ?? [])] });
  } finally {
    close();
  }
}

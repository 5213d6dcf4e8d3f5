import type { TraceSource } from '../../documents/trace.ts';
import type { SourceRecord } from '../grammar/record.ts';
import { auditRecord } from './audit.ts';
import { notificationRecord } from './notification.ts';
import { perfRecord } from './perfTrace.ts';
import { emulatorRecord, gdbRecord } from './signals.ts';
import { sysdigRecord } from './sysdig.ts';

/** What each tool can't know, so that nobody takes its absence for an answer. */
export const LACKS: Readonly<Record<TraceSource['tool'], TraceSource['lacks']>> = {
  audit: ['arguments', 'errno', 'other-calls', 'consequence'],
  'security-profiles-operator': ['arguments', 'outcome', 'other-calls', 'consequence'],
  'perf-trace': ['strings'],
  sysdig: ['numbers'],
  gdb: ['arguments', 'other-calls', 'consequence'],
  core: ['arguments', 'other-calls', 'consequence'],
  'qemu-user': ['strings', 'numbers'],
  notification: ['other-calls', 'consequence'],
};

const READERS = [notificationRecord, auditRecord, perfRecord, sysdigRecord, gdbRecord, emulatorRecord];

/** Reads a line that is such a record; undefined for every other line. */
export function recordOf(text: string): SourceRecord | undefined {
  for (const read of READERS) {
    const record = read(text);
    if (record) return record;
  }
  return undefined;
}

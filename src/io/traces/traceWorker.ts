import { parentPort } from 'node:worker_threads';
import { type Part, readPart } from './tracePart.ts';

parentPort?.on('message', async (part: Part) => parentPort!.postMessage(await readPart(part)));

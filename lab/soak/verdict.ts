// The criteria for a soak run.
import type { Results } from './page.ts';
import { slopeOf } from './slope.ts';
import type { Soaked } from './soaked.ts';

type Summary = Results['services'][number];

/** A leak in 180,000 writes would make the heap grow by more than this. */
const heapMiBPerHour = 8;
/** RSS also varies with garbage collection, so growth counts only if it exceeds twice its standard error. */
const rssMiBPerHour = 16;
/** In shorter runs memory has not settled yet, so growth is not checked. */
const longEnoughMinutes = 30;

/** A busy moment opens some more connections, which are kept alive. A leak would be far larger. */
const manyFiles = 32;

/** Summarizes the samples after the warm-up. */
export function summaryOf({ name, samples }: Soaked, warmUpSeconds: number, heapMiB: { first: number; last: number }): Summary {
  const warm = samples.filter(({ seconds }) => seconds >= warmUpSeconds);
  const ends = (of: (sample: (typeof warm)[number]) => number) => ({
    first: of(warm[0] as (typeof warm)[number]),
    last: of(warm.at(-1) as (typeof warm)[number]),
  });
  const third = Math.ceil(warm.length / 3);
  const lowest = (of: (sample: (typeof warm)[number]) => number) => ({
    first: Math.min(...warm.slice(0, third).map(of)),
    last: Math.min(...warm.slice(-third).map(of)),
  });
  return {
    name,
    rss: slopeOf(warm.map(({ seconds, rssMiB }) => ({ x: seconds / 3_600, y: rssMiB }))),
    rssMiB: { ...ends(({ rssMiB }) => rssMiB), peak: Math.max(...warm.map(({ rssMiB }) => rssMiB)) },
    heapMiB,
    fds: lowest(({ fds }) => fds),
    sockets: lowest(({ sockets }) => sockets),
  };
}

export function judge(counts: Results['counts'], services: Summary[], minutes: number, complaints: string): Results['verdict'] {
  const { sent, answered, rows, spans, logRecords, lines } = counts;
  const hours = ((minutes / 60) * 3) / 4;
  const isSteady = ({ fds, sockets }: Summary) => fds.last < fds.first + manyFiles && sockets.last < sockets.first + manyFiles;
  const verdict = [
    { what: `each of ${sent} writes returns 201`, isRight: answered === sent },
    { what: 'each write is stored as one row', isRight: rows === answered },
    { what: 'each write has four spans', isRight: spans === 4 * answered },
    { what: 'each write has two log records and two lines', isRight: logRecords === 2 * answered && lines === 2 * answered },
    { what: 'neither service prints to stderr', isRight: complaints === '' },
    { what: 'open files and connections do not grow', isRight: services.every(isSteady) },
  ];
  if (minutes < longEnoughMinutes) return verdict;
  const isLevel = ({ rss, heapMiB }: Summary) =>
    rss.slope - 2 * rss.error < rssMiBPerHour && (heapMiB.last - heapMiB.first) / hours < heapMiBPerHour;
  return [
    ...verdict,
    {
      what: `RSS grows by less than ${rssMiBPerHour} MiB per hour, the heap by less than ${heapMiBPerHour}`,
      isRight: services.every(isLevel),
    },
  ];
}

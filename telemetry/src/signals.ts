// Runs a function when SIGTERM or SIGINT is about to end the process by default, which is the case if it has no listener.
// A listener of this package would change how others behave: signal-exit, which execa, ora and proper-lockfile use, acts only if its
// listener is the only one. The signal is therefore caught with a separate libuv handle, the mechanism behind Node.js' own listeners:
// libuv delivers a signal to every handle.
import { constants } from 'node:os';
import { setImmediate } from 'node:timers';
import { resourceOf } from './async-resource.ts';
import { copySignature } from './hide.ts';

const signals = ['SIGTERM', 'SIGINT'] as const;
type Signal = (typeof signals)[number];

/** Internal class of Node.js, which does not export it. */
interface SignalHandle {
  onsignal: () => void;
  start(signal: number): number;
  stop(): void;
  unref(): void;
}
type SignalHandleClass = new () => SignalHandle;

/** Signals that Node.js has just passed to listeners, even if these have removed themselves since. */
const handled = new Set<string>();

/** Call this for each event of the process, before its listeners run. */
export function noteEvent(name: unknown): void {
  if (typeof name !== 'string' || !(signals as readonly string[]).includes(name) || process.listenerCount(name) === 0) return;
  handled.add(name);
  setImmediate(() => handled.delete(name)); // later than our handle, which is called in the same event loop phase
}

/**
 * @param onSignal called for each signal, before or after the listeners on `process`
 * @param beforeDefault called before the default action: the signal ends the process as soon as this function returns
 * @returns starts watching. Until it is called, a signal ends the process immediately, even while the event loop is blocked
 */
export function watchSignals(onSignal: () => void, beforeDefault: () => void): () => void {
  const Handle = process.platform === 'win32' ? undefined : signalHandleClass(); // Windows processes cannot send these signals
  if (!Handle) return () => {};
  const kill = process.kill;
  const restoreDefault = new Map<unknown, () => void>();
  const start: (() => void)[] = [];
  for (const signal of signals) {
    const handle = new Handle(); // created here, because a handle created in a request would retain its context
    const startHandle = () => handle.start(constants.signals[signal]);
    const restore = () => {
      beforeDefault();
      handle.stop();
      setImmediate(startHandle).unref(); // PID 1 in a container has no default action and survives
    };
    handle.onsignal = () => {
      onSignal();
      if (process.listenerCount(signal) > 0 || handled.has(signal)) return;
      restore();
      kill.call(process, process.pid, signal);
    };
    handle.unref();
    start.push(startHandle);
    const restoreIfAlone = () => {
      if (process.listenerCount(signal) === 0) restore();
    };
    restoreDefault.set(signal, restoreIfAlone).set(constants.signals[signal], restoreIfAlone);
  }
  return () => {
    for (const each of start) each();
    killAtOnce(kill, restoreDefault);
  };
}

/** A process that signals itself must end within the call, not when the event loop reaches the handle, which may never happen. */
function killAtOnce(kill: typeof process.kill, restoreDefault: Map<unknown, () => void>): void {
  process.kill = copySignature(kill, (pid: number, signal?: Signal | number): true => {
    const target = pid | 0; // the conversion that Node.js applies; 0 is the own process group
    if (target === process.pid || target === 0) restoreDefault.get(typeof signal === 'number' ? signal : signal || 'SIGTERM')?.();
    return kill.call(process, pid, signal);
  });
}

/** The class of the handles that Node.js creates for signals, by one for a signal that is ignored by default. */
function signalHandleClass(): SignalHandleClass | undefined {
  const listener = () => {};
  const handle = resourceOf('SIGNALWRAP', () => {
    process.on('SIGWINCH', listener);
    process.off('SIGWINCH', listener);
  });
  return handle?.constructor as SignalHandleClass | undefined;
}

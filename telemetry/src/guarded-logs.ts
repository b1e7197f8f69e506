// Logger.emit() must not throw into the application or block it, whatever arguments it gets. The SDK's implementation recurses into values
// without a limit, throws for an invalid timestamp or a getter that throws, and drops integers beyond 2^53. Its classes are patched here,
// once, at the point where records are created: a processor would come too late.
import { diag, type Logger, type LogRecord } from '@opentelemetry/api';
import { LoggerProvider, type LogRecordProcessor } from '@opentelemetry/sdk-logs';
import { copyLogRecord } from './bounded-log-record.ts';
import { boundedAttribute } from './bounded-span.ts';
import { type BoundedAttributes, BoundedCopy } from './bounded-value.ts';
import { once } from './once.ts';

/** The members of the SDK's log record class that are used here. */
interface SdkRecord {
  attributes: BoundedAttributes;
  _attributesCount: number;
  _droppedAttributesCount: number;
  _logRecordLimits: { attributeCountLimit: number; attributeValueLengthLimit: number };
  setAttributes(attributes: unknown): SdkRecord;
  setAttribute(key: string, value: unknown): SdkRecord;
}

/** The record that emitBounded() passes to emit(). */
let boundedRecord: LogRecord | undefined;
/** Attributes that the next record adopts without copying, and the number of attributes already dropped from them. */
let nextAttributes: unknown;
let nextDroppedCount = 0;

const onFailure = once((error: unknown) => diag.warn('log record dropped', error));

/** Patches the logger and log record classes of this package's SDK. Affects all loggers of that SDK. */
export const guardLogs = once(() => {
  let record: SdkRecord | undefined;
  const processor: LogRecordProcessor = {
    onEmit(created) {
      record = created as unknown as SdkRecord;
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const logger = new LoggerProvider({ processors: [processor] }).getLogger('guard');
  logger.emit({});
  guardEmit(Object.getPrototypeOf(logger));
  if (record && '_attributesCount' in record && '_logRecordLimits' in record) guardAttributes(Object.getPrototypeOf(record));
});

/**
 * Emits a record without copying its values. Never throws.
 *
 * @param record its values must be plain, acyclic and within the limits of bounded-value.ts; the SDK's record adopts its attributes object
 */
export function emitBounded(logger: Logger, record: LogRecord): void {
  boundedRecord = record;
  try {
    logger.emit(record);
  } catch (error) {
    onFailure(error); // the logger of another SDK may throw
  } finally {
    boundedRecord = undefined;
  }
}

function guardEmit(prototype: Logger): void {
  const emit = prototype.emit;
  prototype.emit = function (original) {
    if (typeof original !== 'object' || original === null) return;
    const outer = nextAttributes; // emit() may be called recursively by a processor
    try {
      let record = original;
      if (original === boundedRecord) {
        boundedRecord = undefined;
        nextDroppedCount = 0;
      } else {
        ({ record, droppedCount: nextDroppedCount } = copyLogRecord(original));
      }
      nextAttributes = record.attributes;
      emit.call(this, record);
    } catch (error) {
      onFailure(error);
    } finally {
      nextAttributes = outer;
    }
  };
}

function guardAttributes(prototype: SdkRecord): void {
  const { setAttribute, setAttributes } = prototype;

  prototype.setAttribute = function (key, value) {
    try {
      return setAttribute.call(this, key, boundedAttribute(value));
    } catch {
      return this;
    }
  };

  prototype.setAttributes = function (given) {
    const isBounded = given === nextAttributes;
    nextAttributes = undefined;
    if (!isBounded) {
      const { attributes, droppedCount } = new BoundedCopy({ keepsBigints: false }).attributes(given);
      this._droppedAttributesCount += droppedCount;
      return setAttributes.call(this, attributes);
    }
    this._droppedAttributesCount += nextDroppedCount;
    const count = Object.keys(given as BoundedAttributes).length;
    const { attributeCountLimit, attributeValueLengthLimit } = this._logRecordLimits;
    if (count > attributeCountLimit || attributeValueLengthLimit !== Number.POSITIVE_INFINITY)
      return setAttributes.call(this, given);
    this.attributes = given as BoundedAttributes;
    this._attributesCount = count;
    return this;
  };
}

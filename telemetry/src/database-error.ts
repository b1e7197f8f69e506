// Database errors contain values in their messages, such as `Key (email)=(…) already exists`. Only the type, the code and the stack frames
// of such an error are recorded.
import type { Exception } from '@opentelemetry/api';
import { attempt } from './attempt.ts';

/** Names of error classes of database drivers and of the libraries built on them. */
const classNames =
  /^(DatabaseError|PostgresError|Mongo\w*Error|ReplyError|ErrorReply|SimpleError|BlobError|SqliteError|LibsqlError|SqlError|ResponseError|QueryFailedError|DrizzleQueryError|Sequelize\w*|PrismaClient\w*)$/;

/** Properties that drivers add to an error. */
const ownFields = ['severity', 'sqlMessage', 'sqlState', 'errorNum', 'procName', 'codeName', 'writeErrors', 'driverError', 'sql'];

/** Error codes of the SQLite drivers, node:sqlite, the Oracle driver, and MySQL. */
const driverCodes = /^(SQLITE_\w+|ERR_SQLITE_ERROR|(ORA|NJS|DPI)-\d+|ER_[A-Z_]+)$/;

/** Matches the innermost stack frame of an error thrown by a database package. */
const driverFrame =
  /[\\/]node_modules[\\/](pg|pg-\w+|postgres|mysql2?|mariadb|mongodb|mongoose|ioredis|redis|redis-parser|@redis[\\/]\w+|tedious|mssql|oracledb|cassandra-driver|memcached|better-sqlite3|sqlite3|knex|sequelize|typeorm|drizzle-orm|kysely)[\\/]/;

/** Properties in which wrappers store the driver's error. */
const causeFields = ['cause', 'original', 'originalError', 'parent', 'driverError'];
const maxDepth = 5;

/** Properties in which drivers store text from the database. */
const messageFields = ['message', 'detail', 'sqlMessage'];

/** Recent messages, because an application may repeat them in its own errors. */
const recentMessages = new Set<string>();
const maxMessages = 128;
const minMessageLength = 12;
const maxMessageLength = 1_024;

/** Recorded for an exception that is a string with a database message, or that throws when it is read. */
const unknownError: Exception = { name: 'Error', message: '' };

/** @returns the exception itself, or a copy without its message if that contains a message of a database */
export function withoutDatabaseMessage(exception: Exception, isOfDatabase: boolean): Exception {
  if (exception === null || exception === undefined) return exception;
  return attempt(() => withoutMessage(exception, isOfDatabase)) ?? unknownError;
}

function withoutMessage(exception: Exception, isOfDatabase: boolean): Exception {
  if (typeof exception === 'string') return isOfDatabase || repeatsDatabaseMessage(exception) ? unknownError : exception;
  if (isOfDatabase || isDatabaseError(exception)) rememberDatabaseError(exception);
  else if (!repeatsDatabaseMessage(textOf(exception, 'message')) && !repeatsDatabaseMessage(textOf(exception, 'stack')))
    return exception;
  const name = textOf(exception, 'name') || 'Error';
  const stack = framesOf(textOf(exception, 'stack'), textOf(exception, 'message'), name);
  return { name, message: '', code: textOf(exception, 'code'), stack };
}

/** Call this for each error that a driver returns. */
export function rememberDatabaseError(error: unknown): void {
  attempt(() => {
    for (const each of chainOf(error)) {
      for (const field of messageFields) {
        const message = textOf(each, field).slice(0, maxMessageLength);
        remember(message);
        remember(message.slice(0, message.search(/\n|$/)));
      }
    }
  }); // an error may throw when it is read
}

function remember(message: string): void {
  if (message.length < minMessageLength) return;
  recentMessages.delete(message);
  recentMessages.add(message);
  const [oldest] = recentMessages;
  if (recentMessages.size > maxMessages && oldest !== undefined) recentMessages.delete(oldest);
}

export function repeatsDatabaseMessage(text: string): boolean {
  for (const message of recentMessages) if (text.includes(message)) return true;
  return false;
}

/** Returns only the frames of a stack. The message is skipped first, because it may contain lines that look like frames. */
export function framesOf(stack: string, message: string, name: string): string {
  const messageAt = stack.indexOf(message);
  const places = messageAt < 0 ? stack : stack.slice(messageAt + message.length);
  const frames = places.split('\n').filter((line) => /^ {4}at .{1,1024}(:\d+\)?|\(<anonymous>\)|\(native\))$/.test(line));
  return [name, ...frames].join('\n');
}

function isDatabaseError(error: object): boolean {
  return chainOf(error).some((each) => isOfDriver(each) && (each === error || repeats(error, each)));
}

function isOfDriver(error: object): boolean {
  if (classNames.test(textOf(error, 'name')) || classNames.test(textOf(read(error, 'constructor'), 'name'))) return true;
  if (ownFields.some((field) => Object.hasOwn(error, field)) || driverCodes.test(textOf(error, 'code'))) return true;
  if (Object.hasOwn(error, 'query') && (Object.hasOwn(error, 'params') || Object.hasOwn(error, 'parameters'))) return true;
  const [frame = ''] = /^ {4}at .*$/m.exec(textOf(error, 'stack')) ?? [];
  return driverFrame.test(frame);
}

/** Whether the message or the stack of a wrapper contains the message of the wrapped error. */
function repeats(wrapper: object, inner: object): boolean {
  const message = textOf(inner, 'message');
  return message !== '' && `${textOf(wrapper, 'message')}\n${textOf(wrapper, 'stack')}`.includes(message);
}

/** Returns the error and the errors that it wraps. */
function chainOf(error: unknown): object[] {
  const chain: object[] = [];
  const add = (each: unknown) => {
    if (typeof each !== 'object' || each === null || chain.includes(each) || chain.length >= maxDepth) return;
    chain.push(each);
    for (const field of causeFields) add(read(each, field));
    const errors = read(each, 'errors');
    if (Array.isArray(errors)) errors.slice(0, maxDepth).forEach(add);
  };
  add(error);
  return chain;
}

function textOf(object: unknown, field: string): string {
  const value = read(object, field);
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function read(object: unknown, field: string): unknown {
  return (object as Record<string, unknown> | null | undefined)?.[field];
}

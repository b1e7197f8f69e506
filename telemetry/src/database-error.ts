// Errors of databases repeat values in their messages: `Key (email)=(…) already exists`. What is recorded of one is its type, its code and
// where it was thrown.
import type { Exception } from '@opentelemetry/api';

/** Names of the classes of drivers and of the libraries on top of them. */
const classNames =
  /^(DatabaseError|PostgresError|Mongo\w*Error|ReplyError|ErrorReply|SimpleError|BlobError|SqliteError|LibsqlError|SqlError|ResponseError|QueryFailedError|DrizzleQueryError|Sequelize\w*|PrismaClient\w*)$/;

/** What drivers add to an error. */
const ownFields = ['severity', 'sqlMessage', 'sqlState', 'errorNum', 'procName', 'codeName', 'writeErrors', 'driverError', 'sql'];

/** The code of an error by the driver of SQLite, of node:sqlite, and of Oracle. */
const driverCodes = /^(SQLITE_\w+|ERR_SQLITE_ERROR|(ORA|NJS|DPI)-\d+|ER_[A-Z_]+)$/;

/** The innermost frame, where a package of this kind has thrown the error. */
const driverFrame =
  /[\\/]node_modules[\\/](pg|pg-\w+|postgres|mysql2?|mariadb|mongodb|mongoose|ioredis|redis|redis-parser|@redis[\\/]\w+|tedious|mssql|oracledb|cassandra-driver|memcached|better-sqlite3|sqlite3|knex|sequelize|typeorm|drizzle-orm|kysely)[\\/]/;

/** Under which wrappers keep the error of the driver. */
const causeFields = ['cause', 'original', 'originalError', 'parent', 'driverError'];
const maxDepth = 5;

/** Where drivers keep text of the database. */
const messageFields = ['message', 'detail', 'sqlMessage'];

/** Messages seen lately: an application may repeat them in errors of its own. */
const recentMessages = new Set<string>();
const maxMessages = 128;
const minMessageLength = 12;
const maxMessageLength = 1_024;

/** Of an exception that is text alone, or that throws where it is read. */
const unknownError: Exception = { name: 'Error', message: '' };

/** @returns what to record of an exception: itself, unless it repeats the message of a database */
export function withoutDatabaseMessage(exception: Exception, isOfDatabase: boolean): Exception {
  try {
    return withoutMessage(exception, isOfDatabase);
  } catch {
    return unknownError;
  }
}

function withoutMessage(exception: Exception, isOfDatabase: boolean): Exception {
  if (exception === null || exception === undefined) return exception;
  if (typeof exception === 'string') return isOfDatabase || repeatsDatabaseMessage(exception) ? unknownError : exception;
  if (isOfDatabase || isDatabaseError(exception)) rememberDatabaseError(exception);
  else if (!repeatsDatabaseMessage(textOf(exception, 'message')) && !repeatsDatabaseMessage(textOf(exception, 'stack')))
    return exception;
  const name = textOf(exception, 'name') || 'Error';
  const stack = framesOf(textOf(exception, 'stack'), textOf(exception, 'message'), name);
  return { name, message: '', code: textOf(exception, 'code'), stack };
}

/** Call this with each error that a driver returns. */
export function rememberDatabaseError(error: unknown): void {
  try {
    for (const each of chainOf(error)) {
      for (const field of messageFields) {
        const message = textOf(each, field).slice(0, maxMessageLength);
        remember(message);
        remember(message.slice(0, message.search(/\n|$/)));
      }
    }
  } catch {
    // an error that throws where it is read
  }
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

/** The lines of a stack that tell places, after the message, which may have lines of its own. */
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

/** Whether a wrapper has the message of what it wraps within its own. */
function repeats(wrapper: object, inner: object): boolean {
  const message = textOf(inner, 'message');
  return message !== '' && `${textOf(wrapper, 'message')}\n${textOf(wrapper, 'stack')}`.includes(message);
}

/** The error, and those that it wraps. */
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

import { writeFile } from 'node:fs/promises';
import { isCancel, password as askPassword, progress } from '@clack/prompts';
import { Command, InvalidArgumentError } from 'commander';
import type { AuditProgress, AuditReport, CheckResult } from '../../application/ports.ts';
import { Refusal } from '../../domain/refusal.ts';
import { problemTexts } from '../http/problems.ts';
import { auditHeading, auditLine, auditProgress, auditVerdict } from './audit-report.ts';

export interface SeedRequest {
  /** How many customers to make; 0 loads the sample shop instead. */
  users: number;
  /** Balance of each, in won. */
  balance: number;
  withTokens: boolean;
}

export interface SeedResult {
  /** False where the shop had products already, or customers were asked for. */
  sampleShopLoaded: boolean;
  tokens: { userId: string; accessToken: string }[];
}

/** What the commands do; `main.ts` brings it. */
export interface Actions {
  start(): Promise<void>;
  migrate(report: (message: string) => void): Promise<string[]>;
  seed(request: SeedRequest, onProgress: (done: number) => void): Promise<SeedResult>;
  createOperator(account: { email: string; password: string; name: string }): Promise<string>;
  issueToken(email: string, hours: number): Promise<string>;
  audit(progress: AuditProgress): Promise<AuditReport>;
  openapi(): Promise<unknown>;
}

/**
 * Reads the command line and runs one command. Exit codes: 0 done, 1 it could not be done (one line on stderr says why), 2 the command
 * line is wrong. `isExpected` tells the errors whose message is meant for the person at the terminal.
 */
export async function runProgram(actions: Actions, argv: string[], isExpected: (error: unknown) => boolean): Promise<void> {
  const program = new Command('openrun')
    .description('First-come-first-served commerce: nothing oversold, charged twice or lost.')
    .version('0.1.0')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

  program.command('start').description('start the server (settings: docs/configuration.md)').action(() => actions.start());
  program.command('migrate').description('bring the database to the newest version').action(() => runMigrate(actions));
  program
    .command('seed')
    .description('load the sample shop into an empty one, or make customers for a load test')
    .option('--users <count>', 'make this many customers', wholeNumber, 0)
    .option('--balance <won>', 'balance of each customer', wholeNumber, 0)
    .option('--tokens <file>', 'write a line userId,accessToken for each, valid for 24 hours')
    .action((options: SeedOptions) => runSeed(actions, options));
  program
    .command('operator')
    .description('create an operator account; the password is asked for, or read from OPENRUN_OPERATOR_PASSWORD')
    .requiredOption('--email <email>', 'address to log in with', emailAddress)
    .option('--name <name>', 'name to show', 'Operator')
    .action((options: { email: string; name: string }) => runOperator(actions, options));
  program
    .command('token')
    .description('print an access token for an account, without its password')
    .argument('<email>', 'the account', emailAddress)
    .option('--hours <hours>', 'life of the token', wholeNumber, 24)
    .action(async (email: string, { hours }: { hours: number }) => print(await actions.issueToken(email, hours)));
  program
    .command('audit')
    .description('prove that every balance, stock, coupon and order agrees with its history; exit code 1 on any difference')
    .option('--json', 'print the report as JSON')
    .action((options: { json?: boolean }) => runAudit(actions, options.json ?? false));
  program
    .command('openapi')
    .description('print the OpenAPI document')
    .action(async () => print(JSON.stringify(await actions.openapi(), null, 2)));

  try {
    await program.parseAsync(argv);
  } catch (error) {
    const { message, stack } = error as Error;
    const expected = isExpected(error) || (error as { code?: unknown }).code !== undefined;
    const words = error instanceof Refusal ? `${problemTexts[error.code].en} (${error.code})` : expected ? message : (stack ?? message);
    console.error(`openrun: ${words.replaceAll(/\s*\n\s*/g, ' ')}`);
    process.exitCode = 1;
  }
}

interface SeedOptions {
  users: number;
  balance: number;
  tokens?: string;
}

async function runMigrate(actions: Actions): Promise<void> {
  const ran = await actions.migrate((message) => process.stderr.write(`openrun: ${message}\n`));
  print(ran.length > 0 ? `Migrated: ${ran.join(', ')}` : 'Nothing to migrate.');
}

async function runSeed(actions: Actions, { users, balance, tokens: file }: SeedOptions): Promise<void> {
  // A bar is for a person; a file or a pipe gets one line at the end.
  const bar = users > 0 && process.stdout.isTTY ? progress({ max: users }) : undefined;
  bar?.start('making customers');
  let shown = 0;
  const result = await actions.seed({ users, balance, withTokens: file !== undefined }, (done) => {
    bar?.advance(done - shown, `${done} of ${users} customers`);
    shown = done;
  });
  bar?.stop(`${users} customers made`);
  if (users > 0 && !bar) print(`${users} customers made.`);
  if (users === 0) print(result.sampleShopLoaded ? 'The sample shop is loaded.' : 'The shop has products already; nothing was changed.');
  if (file !== undefined) {
    await writeFile(file, result.tokens.map(({ userId, accessToken }) => `${userId},${accessToken}\n`).join(''), { mode: 0o600 });
  }
}

async function runAudit(actions: Actions, asJson: boolean): Promise<void> {
  if (!asJson) print(auditHeading);
  const running = auditProgress(process.stderr);
  const onResult = (result: CheckResult) => {
    running.end();
    if (!asJson) print(auditLine(result));
  };
  const report = await actions.audit({ onBegin: (...check) => running.begin(...check), onResult }).finally(() => running.end());
  print(asJson ? JSON.stringify(report, null, 2) : auditVerdict(report));
  if (!report.clean) process.exitCode = 1;
}

async function runOperator(actions: Actions, { email, name }: { email: string; name: string }): Promise<void> {
  const fromEnvironment = process.env['OPENRUN_OPERATOR_PASSWORD'];
  const given = fromEnvironment ?? (await askPassword({ message: `Password for ${email} (at least 8 characters)` }));
  if (isCancel(given)) return void (process.exitCode = 1);
  if (given.length < 8 || given.length > 200) {
    console.error('openrun: The password must have 8 to 200 characters.');
    return void (process.exitCode = 1);
  }
  print(await actions.createOperator({ email, password: given, name }));
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 10_000_000) throw new InvalidArgumentError('It must be a whole number up to 10,000,000.');
  return value;
}

function emailAddress(text: string): string {
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) throw new InvalidArgumentError('It must be an email address.');
  return text;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

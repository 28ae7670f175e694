import { type CommandHandlers, commands, invalidInput, isCommandName, PanelError } from '#contract';
import { say } from './sentences.ts';

/** Runs one command by its name with an input that was not validated yet. Throws PanelErrors only. */
export async function dispatch(handlers: CommandHandlers | undefined, name: string, input: unknown): Promise<unknown> {
  if (!handlers || !isCommandName(name)) throw new PanelError('unknown_command', say('unknownCommand', { name }));
  const parsed = commands[name].input.safeParse(input ?? {});
  if (!parsed.success) throw invalidInput(parsed.error);
  const handler = handlers[name] as (argument: unknown) => unknown;
  try {
    return await handler(parsed.data);
  } catch (error) {
    throw PanelError.from(error);
  }
}

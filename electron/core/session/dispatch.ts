import { type CommandHandlers, commands, isCommandName, PanelError } from '#contract';
import { sentence } from './input-error.ts';

/** Runs one command by its name with an input that nobody has looked at yet. Fails with a PanelError only. */
export async function dispatch(handlers: CommandHandlers, name: string, input: unknown): Promise<unknown> {
  if (!isCommandName(name))
    throw new PanelError('unknown_command', `This Headroom has no command "${name}": reload the page.`);
  const parsed = commands[name].input.safeParse(input ?? {});
  if (!parsed.success) throw new PanelError('invalid_input', sentence(parsed.error), { issues: parsed.error.issues });
  const handler = handlers[name] as (argument: unknown) => Promise<unknown>;
  try {
    return await handler(parsed.data);
  } catch (error) {
    throw PanelError.from(error);
  }
}

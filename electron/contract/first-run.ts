import { z } from 'zod';

/** What a first run needs, in the order in which a person sees it. */
export const firstRunSteps = ['gpu', 'python', 'backend'] as const;

export const firstRunSchema = z.object({
  /** Everything was there once, or the person has dismissed it. */
  done: z.boolean(),
  skipped: z.array(z.enum(firstRunSteps)),
});

export type FirstRunStep = (typeof firstRunSteps)[number];
export type FirstRun = z.infer<typeof firstRunSchema>;

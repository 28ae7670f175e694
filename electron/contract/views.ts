import { z } from 'zod';

/** A saved view of the runs: a name for what the table shows. `place` is the query of its address, such as `state=failed`. */
export const savedViewSchema = z.object({
  id: z.string(),
  name: z.string().trim().min(1).max(80),
  place: z.string().max(4_000),
});
export type SavedView = z.infer<typeof savedViewSchema>;

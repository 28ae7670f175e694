import { z } from 'zod';
import { sentenceSchema } from './sentence.ts';

/** The folder of one dataset, and what it contains. */
export const datasetFolderSchema = z.object({
  name: z.string(),
  /** Null where none is configured. */
  folder: z.string().nullable(),
  /** False for what ships with Headroom. */
  changeable: z.boolean(),
  /** Null where no folder can be read. */
  found: z
    .object({
      files: z.number().int(),
      subjects: z.number().int(),
      /** Questions by split (dev: the examples); null for texts, and where a file cannot be read. */
      items: z.record(z.string(), z.number().int()).nullable(),
    })
    .nullable(),
  /** Why the folder, or one of its files, cannot be used. */
  error_sentence: sentenceSchema.nullable().default(null),
});

export const datasetFoldersSchema = z.array(datasetFolderSchema);

export type DatasetFolder = z.infer<typeof datasetFolderSchema>;

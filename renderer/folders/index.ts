export { Datasets } from './datasets.tsx';
export { FoldersCard, ModelFolders } from './model-folders.tsx';
export { OneDataset } from './one-dataset.tsx';

export { Datasets } from './datasets.tsx';
export { FoldersCard, ModelFolders } from './model-folders.tsx';

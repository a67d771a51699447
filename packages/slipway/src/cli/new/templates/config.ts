/** As Node runs TypeScript: types are left out, nothing is translated. */
export const TSCONFIG = `{
  "compilerOptions": {
    "target": "ES2023",
    "module": "NodeNext",
    "types": ["node"],
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true,
    "noEmit": true
  },
  "include": ["*.ts"]
}
`;

export const GITIGNORE = `node_modules/
.env
*.db
*.log
`;

export const DOCKERIGNORE = `node_modules
.git
.env
*.db
*.log
`;

import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "demo/built/", "src/protocol.ts"] },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/unbound-method": "off", // Lit binds listeners of its templates
    },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: { globals: { getComputedStyle: "readonly", process: "readonly", console: "readonly", URL: "readonly", window: "readonly", document: "readonly", performance: "readonly", requestAnimationFrame: "readonly" } },
  },
);

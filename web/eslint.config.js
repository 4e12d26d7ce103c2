// SPDX-License-Identifier: Apache-2.0
import js from '@eslint/js'
import accessibility from 'eslint-plugin-jsx-a11y'
import hooks from 'eslint-plugin-react-hooks'
import { globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

export default tseslint.config(
    globalIgnores(['dist', 'src/api/schema.d.ts', 'eslint.config.js']),
    js.configs.recommended,
    tseslint.configs.recommendedTypeChecked,
    {
        languageOptions: {
            parserOptions: {
                projectService: true,
                tsconfigRootDir: import.meta.dirname,
            },
        },
    },
    hooks.configs.flat.recommended,
    accessibility.flatConfigs.strict,
    {
        rules: {
            '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
            '@typescript-eslint/consistent-type-imports': 'error',
            // A list that is scrolled is reached by keyboard too.
            'jsx-a11y/no-noninteractive-tabindex': 'off',
            'jsx-a11y/no-autofocus': 'off',
            'no-restricted-syntax': [
                'error',
                {
                    selector: 'JSXText[value=/[A-Za-z]{2}/]',
                    message: 'Text that people read comes from messages(), in both languages.',
                },
                {
                    selector:
                        'JSXAttribute[name.name=/^(title|label|placeholder|aria-label|alt)$/] > Literal[value=/[A-Za-z]{2}/]',
                    message: 'Text that people read comes from messages(), in both languages.',
                },
                {
                    selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
                    message: 'Nothing is written as HTML.',
                },
                {
                    selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML)$/]',
                    message: 'Nothing is written as HTML.',
                },
            ],
        },
    },
)

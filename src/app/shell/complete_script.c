/* SPDX-License-Identifier: Apache-2.0 */
/* The scripts only ask the program: what it answers always fits the program that is installed. */
#include "app/shell/complete.h"

static const char bash_script[] =
    "# Completion of netguru for bash: source <(netguru completion bash)\n"
    "_netguru() {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} line name\n"
    "    COMPREPLY=()\n"
    "    local typed=$current\n"
    "    [ \"$typed\" != = ] || typed=\n"
    "    while IFS= read -r line; do\n"
    "        case $line in\n"
    "        :files)\n"
    "            compopt -o filenames 2>/dev/null\n"
    "            while IFS= read -r name; do\n"
    "                COMPREPLY+=(\"$name\")\n"
    "            done < <(compgen -f -- \"$typed\")\n"
    "            ;;\n"
    "        :folders)\n"
    "            compopt -o filenames 2>/dev/null\n"
    "            while IFS= read -r name; do\n"
    "                COMPREPLY+=(\"$name\")\n"
    "            done < <(compgen -d -- \"$typed\")\n"
    "            ;;\n"
    "        ?*) COMPREPLY+=(\"${line%%$'\\t'*}\") ;;\n"
    "        esac\n"
    "    done < <(\"${1/#\\~/$HOME}\" complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _netguru netguru\n";

static const char zsh_script[] =
    "#compdef netguru\n"
    "# Completion of netguru for zsh: netguru completion zsh >~/.zfunc/_netguru, where ~/.zfunc is\n"
    "# in fpath; or source <(netguru completion zsh) after compinit\n"
    "_netguru() {\n"
    "    local line\n"
    "    local -a found\n"
    "    local offered=\"$(\"${words[1]}\" complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)\"\n"
    "    for line in \"${(@f)offered}\"; do\n"
    "        case $line in\n"
    "        :files) compset -P '--*='; _files ;;\n"
    "        :folders) compset -P '--*='; _files -/ ;;\n"
    "        *$'\\t'*) found+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "        ?*) found+=(\"${line//:/\\\\:}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    (( ${#found} )) && _describe -V netguru found\n"
    "}\n"
    "if [[ ${funcstack[1]} = _netguru ]]; then\n"
    "    _netguru \"$@\"\n"
    "else\n"
    "    compdef _netguru netguru\n"
    "fi\n";

static const char fish_script[] =
    "# Completion of netguru for fish: netguru completion fish | source\n"
    "function __netguru_complete\n"
    "    set -l words (commandline -opc)\n"
    "    set -l current (commandline -ct)\n"
    "    for line in ($words[1] complete $words[2..-1] \"$current\" 2>/dev/null)\n"
    "        switch $line\n"
    "            case ':files'\n"
    "                __fish_complete_path \"$current\"\n"
    "            case ':folders'\n"
    "                __fish_complete_directories \"$current\" ''\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c netguru -f -a '(__netguru_complete)'\n";

const char *complete_script(Str shell)
{
    if (str_equal(shell, STR("bash")))
        return bash_script;
    if (str_equal(shell, STR("zsh")))
        return zsh_script;
    return str_equal(shell, STR("fish")) ? fish_script : NULL;
}

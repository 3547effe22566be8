# bash completion for maze; in ~/.bashrc: eval "$(_MAZE_COMPLETE=source_bash maze)"
_maze() {
    local line command=${1/#\~\//$HOME/}
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            compopt -o default 2>/dev/null
        else
            COMPREPLY+=("${line%%$'\t'*}")
        fi
    done < <(_MAZE_COMPLETE=complete "$command" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
}
complete -F _maze maze

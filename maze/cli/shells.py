"""The completion scripts of the shells; ``python -m maze.cli.shells`` writes them into ``completions/``."""

from __future__ import annotations

from pathlib import Path

SCRIPTS = {
    "bash": r"""# bash completion for maze; in ~/.bashrc: eval "$(_MAZE_COMPLETE=source_bash maze)"
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
""",
    "zsh": r"""#compdef maze
# zsh completion for maze; in ~/.zshrc, after compinit: eval "$(_MAZE_COMPLETE=source_zsh maze)"
_maze() {
    local line files
    local -a found
    for line in "${(@f)$(_MAZE_COMPLETE=complete "${words[1]/#\~\//$HOME/}" \
            "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null </dev/null)}"; do
        if [[ $line == :files ]]; then
            files=yes
        elif [[ -n $line ]]; then
            found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
        fi
    done
    (( $#found )) && _describe maze found
    [[ -n $files ]] && _files
}
if [[ $funcstack[1] == _maze ]]; then
    _maze "$@"
else
    compdef _maze maze
fi
""",
    "fish": r"""# fish completion for maze; in config.fish: _MAZE_COMPLETE=source_fish maze | source
function __maze_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (env _MAZE_COMPLETE=complete $words 2>/dev/null </dev/null)
        if test "$line" = :files
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c maze -f -a '(__maze_complete)'
""",
}


if __name__ == "__main__":
    folder = Path("completions")
    folder.mkdir(exist_ok=True)
    for shell, script in SCRIPTS.items():
        (folder / f"maze.{shell}").write_text(script, encoding="utf-8")

#compdef maze
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

# fish completion for maze; in config.fish: _MAZE_COMPLETE=source_fish maze | source
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

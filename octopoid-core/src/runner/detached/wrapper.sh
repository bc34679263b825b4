# Stands between the orchestrator and an agent program, so that the program's exit status is kept also when the
# orchestrator is gone. Arguments: the folder of the start, then the program and its arguments. Uses builtins only: the
# agent's PATH may hold nothing else.
#
# Signals are for the program; the handler only keeps this shell alive, and is reset in the program.
trap : TERM INT HUP
# The process that started this shell writes down its process id first. Without the go-ahead it could not be found again.
IFS= read -r go || exit 125
folder=$1
shift
: > "$folder/started"
"$@" < "$folder/prompt.md" >> "$folder/stdout" 2>> "$folder/stderr"
code=$?
echo "$code" > "$folder/exit"
exit "$code"

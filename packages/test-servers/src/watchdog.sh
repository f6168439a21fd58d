# Ends the servers of a process that is gone, however it went: standard input is a pipe that only it holds.
#   start SIGNAL PID    a server, leader of its own process group
#   end PID             it has ended
#   folder PATH         data to remove
#   kept PATH           it was removed already
#   compose PROJECT FILE  containers to take down
trap '' INT TERM HUP
servers='' folders='' projects=''
newline='
'
without() {
  printf '%s' "$1" | grep -vxF -- "$2"
}
while read -r verb value rest; do
  case $verb in
    start) servers="$servers$value $rest$newline" ;;
    end) servers=$(printf '%s' "$servers" | grep -v " $value\$")$newline ;;
    folder) folders="$folders$value${rest:+ $rest}$newline" ;;
    kept) folders=$(without "$folders" "$value${rest:+ $rest}")$newline ;;
    compose) projects="$projects$value $rest$newline" ;;
  esac
done
printf '%s' "$servers" | while read -r signal pid; do
  [ -n "$pid" ] || continue
  kill -s "$signal" -- "-$pid" 2>/dev/null
  kill -s CONT -- "-$pid" 2>/dev/null
done
for tenth in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  printf '%s' "$servers" | while read -r signal pid; do
    [ -n "$pid" ] && kill -0 -- "-$pid" 2>/dev/null && echo "$pid"
  done | grep -q . || break
  sleep 0.1
done
printf '%s' "$servers" | while read -r signal pid; do
  [ -n "$pid" ] && kill -s KILL -- "-$pid" 2>/dev/null
done
printf '%s' "$projects" | while read -r project file; do
  [ -n "$file" ] && docker compose --project-name "$project" --file "$file" down --volumes >/dev/null 2>&1
done
printf '%s' "$folders" | while read -r folder; do
  [ -n "$folder" ] && rm -rf -- "$folder"
done

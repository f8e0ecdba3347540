# SPDX-License-Identifier: MIT
# Completion of connate-build for fish.

complete -c connate-build -s o -r -F -d 'what is made'
complete -c connate-build -s p -x -d 'the connate'
complete -c connate-build -l apply -d 'show what will change, then change to it'
complete -c connate-build -l check -d 'only look for mistakes'
complete -c connate-build -l conctl -r -F -d 'the conctl'
complete -c connate-build -l dot -d 'print the graph'
complete -c connate-build -l dry-run -d 'show what would change'
complete -c connate-build -l help -d 'usage'
complete -c connate-build -l list -d 'print what the services are'
complete -c connate-build -l names -d 'print their names'
complete -c connate-build -l no-host-checks -d 'do not look for programs here'
complete -c connate-build -l show -x -d 'fields, and where each was given' \
	-a '(connate-build --names --no-host-checks 2>/dev/null)'
complete -c connate-build -l strict -d 'a warning is an error'
complete -c connate-build -l supervisord -r -F -d 'the one that gets other services'
complete -c connate-build -l table -d 'print the table as C'

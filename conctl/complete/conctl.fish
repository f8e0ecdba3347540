# SPDX-License-Identifier: MIT
# Completion of conctl for fish. conctl itself lists what a word may become.

function __conctl_complete
	set -l words (commandline -opc) (commandline -ct)
	set -l lines ($words[1] complete $words[2..-1] 2>/dev/null)
	if test "$lines" = :files
		__fish_complete_path (commandline -ct)
	else
		printf '%s\n' $lines
	end
end

complete -c conctl -f -a '(__conctl_complete)'

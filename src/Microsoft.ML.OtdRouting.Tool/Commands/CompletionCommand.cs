using System.CommandLine;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary><c>otd completion</c>: prints the script that makes a shell complete the tool's commands and options.</summary>
internal static class CompletionCommand
{
    public const string Example = "otd completion bash >> ~/.bashrc";

    // The shells ask the tool itself, by System.CommandLine's suggest directive. Where it has no answer, file names are completed.
    private const string Bash = """
        _otd_complete() {
            local IFS=$'\n'
            COMPREPLY=( $(compgen -W "$(otd "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}") )
        }
        complete -o default -F _otd_complete otd
        """;

    private const string Zsh = """
        _otd_complete() {
            local -a words_found
            words_found=("${(@f)$(otd "[suggest:$#BUFFER]" "$BUFFER" 2>/dev/null)}")
            words_found=(${words_found:#})
            if (( $#words_found )); then compadd -- $words_found; else _files; fi
        }
        compdef _otd_complete otd
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName otd -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            otd "[suggest:$cursorPosition]" "$commandAst" 2>$null | Where-Object { $_ -like "$wordToComplete*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    /// <summary>The command with its argument.</summary>
    public static Command Create(ToolConsole console)
    {
        Argument<string> shell = new("shell") { Description = "The shell." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "pwsh");
        Command command = new(
            "completion",
            "Prints a script that completes commands and options with the tab key; the shell's start file is where it belongs.\n\nExamples:\n" +
            $"  {Example}\n  otd completion zsh >> ~/.zshrc\n  otd completion pwsh >> $PROFILE")
        {
            shell,
        };
        CommandBody.Set(command, console, (options, _) =>
        {
            console.WriteText(options.GetValue(shell) switch { "zsh" => Zsh, "pwsh" => PowerShell, _ => Bash });
            return ExitCode.Success;
        });
        return command;
    }
}

package tern.runtime.cli.run;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `tern completion`: what bash and zsh need to complete commands and options.
@Command(name = "completion", description = "Prints a script that completes tern's commands and options in bash and zsh: source <(tern completion).")
public final class CompletionCommand implements Runnable {

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().getOut().print(AutoComplete.bash("tern", spec.root().commandLine()));
        spec.commandLine().getOut().flush();
    }
}

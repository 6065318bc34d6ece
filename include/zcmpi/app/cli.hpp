/// \file
/// The command line.
#pragma once

namespace zcmpi {

/// Parses the command line and runs the command. Returns the exit code. Throws InputError and other exceptions of the
/// command; mistakes in the command line itself are reported here.
int run_command_line(int argc, char** argv);

}  // namespace zcmpi

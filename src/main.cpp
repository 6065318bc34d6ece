#include <cstdio>
#include <exception>

#include "zcmpi/app/cli.hpp"
#include "zcmpi/core/error.hpp"

int main(int argc, char** argv) {
  try {
    return zcmpi::run_command_line(argc, argv);
  } catch (const zcmpi::InputError& error) {
    std::fprintf(stderr, "zcmpi: error: %s\n", error.what());
    return static_cast<int>(zcmpi::ExitCode::bad_input);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "zcmpi: error: %s\n", error.what());
    return static_cast<int>(zcmpi::ExitCode::failed);
  }
}

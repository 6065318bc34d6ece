#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "zcmpi/app/configuration.hpp"

namespace zcmpi {
namespace {

struct Arguments {
  bool print_default = false;
  bool print_markdown = false;
  std::string check;
};

}  // namespace

void add_config_command(CLI::App& program, Action& action) {
  CLI::App& command = *program.add_subcommand("config", "Show or check a configuration");
  auto arguments = std::make_shared<Arguments>();
  CLI::Option_group& what = *command.add_option_group("what", "One of");
  what.add_flag("--default", arguments->print_default, "Print a configuration with all keys, commented");
  what.add_flag("--markdown", arguments->print_markdown, "Print the reference of all keys as Markdown");
  what.add_option("--check", arguments->check, "Check a configuration: a TOML file, or the name of a ready one")
      ->type_name("F");
  what.require_option(1);
  command.callback([arguments, &action] {
    action = [arguments] {
      if (arguments->print_default) {
        const Configuration defaults;
        print(to_toml(defaults));
      } else if (arguments->print_markdown) {
        print(configuration_markdown());
      } else {
        const auto file = find_configuration(arguments->check);
        load_configuration(file, {});
        print(fmt::format("{}: nothing is wrong\n", file.string()));
      }
      return 0;
    };
  });
}

}  // namespace zcmpi

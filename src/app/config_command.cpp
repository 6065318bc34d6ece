#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "zcmpi/app/configuration.hpp"

namespace zcmpi {
namespace {

struct Arguments {
  std::string check;
};

}  // namespace

void add_config_command(CLI::App& program, Action& action) {
  CLI::App& command = *program.add_subcommand("config", "Show or check a configuration");
  auto arguments = std::make_shared<Arguments>();
  CLI::Option_group& what = *command.add_option_group("what", "One of");
  const CLI::Option* defaults = what.add_flag("--default", "Print a configuration with all keys, commented");
  const CLI::Option* markdown = what.add_flag("--markdown", "Print the reference of all keys as Markdown");
  what.add_option("--check", arguments->check, "Check a configuration: a TOML file, or the name of a ready one")
      ->type_name("F");
  what.require_option(1);
  command.callback([arguments, defaults, markdown, &action] {
    action = [arguments, print_default = defaults->count() > 0, print_markdown = markdown->count() > 0] {
      if (print_default) {
        print(to_toml({}));
      } else if (print_markdown) {
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

#include "zcmpi/app/evolve.hpp"

namespace zcmpi {

Configuration configuration_of(const EvolveOptions& options) {
  std::optional<std::filesystem::path> file;
  if (options.configuration) {
    file = find_configuration(*options.configuration);
  }
  Configuration configuration = load_configuration(file, options.overrides);
  std::vector<std::string> folders;
  for (const auto& folder : options.data_folders) {
    folders.push_back(std::filesystem::absolute(folder).string());
  }
  configuration.data.folders.insert(configuration.data.folders.begin(), folders.begin(), folders.end());
  const auto resolved = data_folders(configuration);
  configuration.data.folders.assign(resolved.begin(), resolved.end());
  return configuration;
}

}  // namespace zcmpi

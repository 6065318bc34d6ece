#include "header.hpp"

#include <fmt/format.h>

#include <string_view>

#include "zcmpi/core/hash.hpp"

namespace zcmpi {
namespace {

constexpr std::string_view format_name = "zcmpi checkpoint";

/// Of everything that write_header writes, except `complete` and the digest itself.
std::uint64_t digest_of(const CheckpointHeader& header, std::size_t sources) {
  Digester digester;
  digester.add(header.seed);
  digester.add(header.islands);
  digester.add(header.generation);
  digester.add(static_cast<std::uint64_t>(header.shape.max_nodes));
  digester.add(static_cast<std::uint64_t>(header.shape.problem_count));
  digester.add(static_cast<std::uint64_t>(header.population));
  digester.add(static_cast<std::uint64_t>(header.migrants));
  digester.add(static_cast<std::uint64_t>(sources));
  digester.add(header.data_digest);
  digester.add(header.formula_language);
  digester.add(std::string_view(header.program_version));
  digester.add(header.wall_seconds);
  digester.add(std::span<const double>(header.phase_seconds));
  for (const auto* const texts : {&header.settings, &header.data_parts}) {
    digester.add(static_cast<std::uint64_t>(texts->size()));
    for (const auto& [key, text] : *texts) {
      digester.add(std::string_view(key));
      digester.add(std::string_view(text));
    }
  }
  return digester.digest();
}

void write_texts(const hdf5::Handle& file, const std::string& group_name,
                 const std::map<std::string, std::string>& texts) {
  const hdf5::Handle group = hdf5::create_group(file, group_name);
  for (const auto& [key, text] : texts) {
    hdf5::write_text_attribute(group, key, text);
  }
}

CheckpointHeader read_attributes(const hdf5::Handle& file) {
  CheckpointHeader header;
  header.seed = hdf5::read_attribute<std::uint64_t>(file, "seed");
  header.islands = hdf5::read_attribute<std::uint32_t>(file, "islands");
  header.generation = hdf5::read_attribute<std::uint32_t>(file, "generation");
  header.shape.max_nodes = hdf5::read_attribute<std::uint64_t>(file, "max_nodes");
  header.shape.problem_count = hdf5::read_attribute<std::uint64_t>(file, "problem_count");
  header.population = hdf5::read_attribute<std::uint64_t>(file, "population");
  header.migrants = hdf5::read_attribute<std::uint64_t>(file, "migrants");
  header.data_digest = hdf5::read_attribute<std::uint64_t>(file, "data_digest");
  header.formula_language = hdf5::read_attribute<std::int32_t>(file, "formula_language");
  header.program_version = hdf5::read_text_attribute(file, "program_version");
  header.wall_seconds = hdf5::read_attribute<double>(file, "wall_seconds");
  const hdf5::Handle phases = hdf5::open_group(file, "phase_seconds");
  for (std::size_t i = 0; i < phase_count; ++i) {
    header.phase_seconds[i] = hdf5::read_attribute<double>(phases, std::string(phase_names[i]));
  }
  header.settings = hdf5::read_text_attributes(hdf5::open_group(file, "settings"));
  header.data_parts = hdf5::read_text_attributes(hdf5::open_group(file, "data_parts"));
  return header;
}

void check_format(const hdf5::Handle& file, const std::filesystem::path& path) {
  if (!hdf5::has_attribute(file, "format") || hdf5::read_text_attribute(file, "format") != format_name) {
    throw CheckpointError(
        fmt::format("the file is not a checkpoint of zcmpi ({}): name a file of a run's folder checkpoints/",
                    path.string()),
        false);
  }
  const auto version = hdf5::read_attribute<std::uint32_t>(file, "version");
  constexpr auto known = static_cast<std::uint32_t>(CheckpointVersion::current);
  if (version != known) {
    throw CheckpointError(
        fmt::format("the checkpoint has version {} of the format ({}): this zcmpi reads version {}; resume with the "
                    "zcmpi that wrote it",
                    version, path.string(), known),
        false);
  }
}

}  // namespace

void throw_damaged(const std::filesystem::path& path, std::string_view what) {
  throw CheckpointError(fmt::format("the checkpoint is damaged ({}): {}", path.string(), what), true);
}

void write_header(const hdf5::Handle& file, const CheckpointHeader& header, std::size_t sources) {
  hdf5::write_text_attribute(file, "format", format_name);
  hdf5::write_attribute(file, "version", static_cast<std::uint32_t>(CheckpointVersion::current));
  hdf5::write_attribute(file, "complete", std::uint8_t{0});
  hdf5::write_attribute(file, "seed", header.seed);
  hdf5::write_attribute(file, "islands", header.islands);
  hdf5::write_attribute(file, "generation", header.generation);
  hdf5::write_attribute(file, "max_nodes", static_cast<std::uint64_t>(header.shape.max_nodes));
  hdf5::write_attribute(file, "problem_count", static_cast<std::uint64_t>(header.shape.problem_count));
  hdf5::write_attribute(file, "population", static_cast<std::uint64_t>(header.population));
  hdf5::write_attribute(file, "migrants", static_cast<std::uint64_t>(header.migrants));
  hdf5::write_attribute(file, "sources", static_cast<std::uint64_t>(sources));
  hdf5::write_attribute(file, "data_digest", header.data_digest);
  hdf5::write_attribute(file, "formula_language", static_cast<std::int32_t>(header.formula_language));
  hdf5::write_text_attribute(file, "program_version", header.program_version);
  hdf5::write_attribute(file, "wall_seconds", header.wall_seconds);
  hdf5::write_attribute(file, "header_digest", digest_of(header, sources));
  const hdf5::Handle phases = hdf5::create_group(file, "phase_seconds");
  for (std::size_t i = 0; i < phase_count; ++i) {
    hdf5::write_attribute(phases, std::string(phase_names[i]), header.phase_seconds[i]);
  }
  write_texts(file, "settings", header.settings);
  write_texts(file, "data_parts", header.data_parts);
}

StoredHeader read_header(const hdf5::Handle& file, const std::filesystem::path& path, Mark mark) {
  check_format(file, path);
  if (mark == Mark::required && hdf5::read_attribute<std::uint8_t>(file, "complete") != 1) {
    throw_damaged(path, "it was not written to its end");
  }
  StoredHeader stored{read_attributes(file), hdf5::read_attribute<std::uint64_t>(file, "sources")};
  const auto expected = hdf5::read_attribute<std::uint64_t>(file, "header_digest");
  const std::uint64_t found = digest_of(stored.header, stored.sources);
  if (found != expected) {
    throw_damaged(
        path, fmt::format("its header has digest {}, expected {}", digest_to_text(found), digest_to_text(expected)));
  }
  return stored;
}

void mark_complete(const std::filesystem::path& path) {
  hdf5::Handle file = hdf5::open_file_for_update(path);
  {
    const hdf5::Handle attribute(
        hdf5::check(H5Aopen(file.id(), "complete", H5P_DEFAULT), "open the attribute 'complete'", file.id()), H5Aclose);
    const std::uint8_t complete = 1;
    hdf5::check(H5Awrite(attribute.id(), H5T_NATIVE_UINT8, &complete), "mark the checkpoint complete", file.id());
  }
  file.close();
}

}  // namespace zcmpi

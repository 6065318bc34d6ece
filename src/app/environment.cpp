#include "environment.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <mpi.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>

#include "zcmpi/core/file.hpp"
#include "zcmpi/core/version.hpp"

namespace zcmpi {
namespace {

using Json = nlohmann::ordered_json;

std::string mpi_library() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string whole(text.data(), static_cast<std::size_t>(length));
  return whole.substr(0, whole.find(','));
}

/// A JSON object.
std::string describe_rank(const Communicator& world, std::string_view backend,
                          const std::optional<DeviceChoice>& device) {
  Json json{{"rank", world.rank()},
            {"host", host_name()},
            {"process", ::getpid()},
            {"local_rank", world.local_rank()},
            {"backend", backend.empty() ? Json(nullptr) : Json(backend)},
            {"device", device ? Json(device->device) : Json(nullptr)}};
  if (device && device->identity) {
    json["device_model"] = device->identity->model;
    json["device_uuid"] = device->identity->uuid;
  }
  return json.dump();
}

/// The whole file, from the descriptions of all ranks.
std::string environment_json(std::span<const std::string> ranks) {
  Json json;
  json["version"] = version();
  json["git_revision"] = git_revision();
  json["started"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                                fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
  json["compiler"] = __VERSION__;
  json["mpi"] = mpi_library();
  for (const char* name :
       {"SLURM_JOB_ID", "SLURM_RESTART_COUNT", "SLURM_GPUS_ON_NODE", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"}) {
    if (const char* value = std::getenv(name)) {
      json["variables"][name] = value;
    }
  }
  json["ranks"] = Json::array();
  for (const auto& rank : ranks) {
    json["ranks"].push_back(Json::parse(rank));
  }
  return json.dump(2) + "\n";
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string("unknown");
}

void record_environment(const Communicator& world, const std::filesystem::path& file, std::string_view backend,
                        const std::optional<DeviceChoice>& device) {
  const auto ranks = world.gather(describe_rank(world, backend, device));
  world.agree([&] {
    if (world.rank() == 0) {
      replace_file(file, environment_json(ranks));
    }
  });
}

}  // namespace zcmpi

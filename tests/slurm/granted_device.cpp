// Prints which of the GPUs that Slurm grants each task takes: a line a rank, "RANK GPU", with "shared" behind where
// others take it too. A task sees the GPUs that its CUDA_VISIBLE_DEVICES lists, here as for CUDA.
#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "rank_device.hpp"
#include "zcmpi/island/communicator.hpp"

int main(int argc, char** argv) {
  const zcmpi::ScopedMpi mpi(&argc, &argv);
  const zcmpi::Communicator world(MPI_COMM_WORLD);
  const char* const text = std::getenv("CUDA_VISIBLE_DEVICES");
  const std::string devices = text == nullptr ? "" : text;
  std::vector<std::string> visible;
  for (std::size_t start = 0; !devices.empty() && start <= devices.size();) {
    const std::size_t end = std::min(devices.find(',', start), devices.size());
    visible.push_back(devices.substr(start, end - start));
    start = end + 1;
  }
  const auto choice = zcmpi::choose_rank_device(world, static_cast<int>(visible.size()));
  for (const auto& line :
       world.gather(choice ? fmt::format("{} {}{}", world.rank(), visible[static_cast<std::size_t>(choice->device)],
                                         choice->is_shared ? " shared" : "")
                           : fmt::format("{} none", world.rank()))) {
    std::puts(line.c_str());
  }
}

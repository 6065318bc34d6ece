/// \file
/// The migrants under way: who exchanges messages with whom, and the requests and buffers of one epoch.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "message.hpp"
#include "zcmpi/island/communicator.hpp"
#include "zcmpi/island/topology.hpp"

namespace zcmpi {

/// Sends the emigrants of this rank's islands and receives those for them. At most one migration is under way: post
/// starts it, complete ends it. Between the two a rank may do anything else; neither call is collective, but a
/// completion waits for the neighbours' posts of the same generation.
class MigrationExchange {
 public:
  /// The communicator must outlive the exchange. Throws InputError when a message may become longer than MPI takes.
  MigrationExchange(const Communicator& communicator, const Topology& topology, std::size_t migrants,
                    const PopulationShape& shape);
  ~MigrationExchange();
  MigrationExchange(const MigrationExchange&) = delete;
  MigrationExchange& operator=(const MigrationExchange&) = delete;

  /// Copies out the emigrants chosen at the end of `generation`, one population a local island. Requires that none are
  /// under way.
  void post(std::uint32_t generation, std::span<const Population> emigrants);

  [[nodiscard]] bool is_under_way() const { return under_way_; }

  /// Waits for all messages of the migration under way and hands over what came for this rank's islands. Throws
  /// std::runtime_error when a message is not what its sender wrote.
  void complete(const Deliver& deliver);

 private:
  struct Channel {
    int rank = 0;
    std::vector<Edge> edges;
    std::vector<std::byte> buffer;
  };
  /// What MPI reads and writes while messages are under way.
  struct Traffic {
    std::vector<Channel> outgoing;
    std::vector<Channel> incoming;
    /// Those of the incoming channels first.
    std::vector<MPI_Request> requests;
    std::vector<MPI_Status> statuses;
  };

  static void add_edge(std::vector<Channel>& channels, int rank, const Edge& edge);
  void reserve_buffers(std::size_t migrants, const PopulationShape& shape);

  const Communicator& communicator_;
  IslandRange local_;
  std::unique_ptr<Traffic> traffic_ = std::make_unique<Traffic>();
  /// Edges between two islands of this rank: their migrants wait in `staged_`, so that they arrive when all others do.
  std::vector<Edge> local_edges_;
  std::vector<Population> staged_;
  Population scratch_;
  std::uint32_t generation_ = 0;
  bool under_way_ = false;
};

}  // namespace zcmpi

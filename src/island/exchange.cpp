#include "exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

/// One message a pair of ranks is under way at a time, and messages between two ranks keep their order.
constexpr int migration_tag = 1;

}  // namespace

MigrationExchange::MigrationExchange(const Communicator& communicator, const Topology& topology, std::size_t migrants,
                                     const PopulationShape& shape)
    : communicator_(communicator),
      local_(islands_of_rank(topology.islands(), communicator.size(), communicator.rank())),
      staged_(local_.count, Population(migrants, shape)),
      scratch_(migrants, shape) {
  // Ascending sources, then ascending targets: sender and receiver list the edges of their channel alike.
  for (std::uint32_t source = 0; source < topology.islands(); ++source) {
    const int from = rank_of_island(topology.islands(), communicator.size(), source);
    for (const std::uint32_t target : topology.targets(source)) {
      const int to = rank_of_island(topology.islands(), communicator.size(), target);
      const Edge edge{source, target};
      if (from == communicator.rank() && to == communicator.rank()) {
        local_edges_.push_back(edge);
      } else if (from == communicator.rank()) {
        add_edge(traffic_->outgoing, to, edge);
      } else if (to == communicator.rank()) {
        add_edge(traffic_->incoming, from, edge);
      }
    }
  }
  reserve_buffers(migrants, shape);
}

MigrationExchange::~MigrationExchange() {
  // Only an exception leaves messages under way. MPI may still write to the buffers, and waiting for ranks that may
  // have failed could take for ever, so the buffers stay until the process ends.
  if (under_way_ && !traffic_->requests.empty()) {
    static_cast<void>(traffic_.release());
  }
}

void MigrationExchange::add_edge(std::vector<Channel>& channels, int rank, const Edge& edge) {
  auto channel = std::ranges::find(channels, rank, &Channel::rank);
  if (channel == channels.end()) {
    channel = channels.insert(channels.end(), Channel{rank, {}, {}});
  }
  channel->edges.push_back(edge);
}

void MigrationExchange::reserve_buffers(std::size_t migrants, const PopulationShape& shape) {
  for (auto* const channels : {&traffic_->incoming, &traffic_->outgoing}) {
    for (Channel& channel : *channels) {
      const std::size_t capacity = message_capacity(channel.edges.size(), migrants, shape);
      if (capacity > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw InputError(fmt::format(
            "the migrants between two ranks may take {} bytes, more than the 2 GiB of an MPI message: lower the number "
            "of migrants or use more ranks",
            capacity));
      }
      channel.buffer.resize(capacity);
    }
  }
  traffic_->requests.reserve(traffic_->incoming.size() + traffic_->outgoing.size());
  traffic_->statuses.resize(traffic_->incoming.size() + traffic_->outgoing.size());
}

void MigrationExchange::post(std::uint32_t generation, std::span<const Population> emigrants) {
  ZCMPI_EXPECT(!under_way_ && emigrants.size() == local_.count);
  auto& [outgoing, incoming, requests, statuses] = *traffic_;
  generation_ = generation;
  under_way_ = true;
  requests.clear();
  for (Channel& channel : incoming) {
    MPI_Irecv(channel.buffer.data(), static_cast<int>(channel.buffer.size()), MPI_BYTE, channel.rank, migration_tag,
              communicator_.native(), &requests.emplace_back());
  }
  const auto emigrants_of = [&](std::uint32_t island) -> const Population& { return emigrants[island - local_.first]; };
  for (Channel& channel : outgoing) {
    const std::size_t bytes = encode_message(generation, channel.edges, emigrants_of, channel.buffer);
    MPI_Isend(channel.buffer.data(), static_cast<int>(bytes), MPI_BYTE, channel.rank, migration_tag,
              communicator_.native(), &requests.emplace_back());
  }
  if (!local_edges_.empty()) {
    std::ranges::copy(emigrants, staged_.begin());
  }
}

void MigrationExchange::complete(const Deliver& deliver) {
  ZCMPI_EXPECT(under_way_);
  auto& [outgoing, incoming, requests, statuses] = *traffic_;
  if (!requests.empty()) {
    MPI_Waitall(static_cast<int>(requests.size()), requests.data(), statuses.data());
  }
  under_way_ = false;
  for (std::size_t i = 0; i < incoming.size(); ++i) {
    const Channel& channel = incoming[i];
    int bytes = 0;
    MPI_Get_count(&statuses[i], MPI_BYTE, &bytes);
    decode_message(std::span(channel.buffer).first(static_cast<std::size_t>(bytes)), channel.rank, generation_,
                   channel.edges, scratch_, deliver);
  }
  for (const Edge& edge : local_edges_) {
    deliver(edge, staged_[edge.source - local_.first]);
  }
}

}  // namespace zcmpi

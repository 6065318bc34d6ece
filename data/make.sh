#!/bin/sh
# Makes the bundled problems in the working folder: data/make.sh [FASHION_MNIST]. The folder of Fashion-MNIST's IDX
# files is that of Debian's dataset-fashion-mnist unless given. ZCMPI and ZCMPI_RANKS say which program, on how many
# ranks. Interrupted, it goes on where it was. It leaves what was trained and computed in *.cache and accuracies_*.h5.
set -eu
images=${1:-/usr/share/datasets/fashion-mnist}
zcmpi=${ZCMPI:-zcmpi}
ranks=${ZCMPI_RANKS:-$(nproc)}
export OMP_NUM_THREADS=1

# problem SPACE TASK ARCHITECTURES "OPTIONS OF IMAGES AND NETWORKS" "OPTIONS OF TRAINING"
problem() {
  table=$1_$2.h5
  # shellcheck disable=SC2086 # the options are several words
  mpirun -n "$ranks" "$zcmpi" train --space "$1" --archs "$3" --images "$images" $4 $5 --name "$2" \
    --out "accuracies_$table" --resume=auto
  # shellcheck disable=SC2086
  mpirun -n "$ranks" "$zcmpi" features --space "$1" --archs "accuracies_$table" --images "$images" $4 \
    --accuracies "accuracies_$table" --out "$table" --resume=auto
}

problem nb201 fashion_mnist random:500 \
  "--resolution 8 --channels 8 --cells 2" "--training-images 3000 --epochs 2"
problem tnb101-macro fashion_mnist random:250 \
  "--resolution 14 --channels 8 --cells 1" "--training-images 6000 --epochs 4"
problem tnb101-macro fashion_mnist_rotation random:250 \
  "--task rotation --resolution 14 --channels 8 --cells 1" "--training-images 8000 --epochs 5"

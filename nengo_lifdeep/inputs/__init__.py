"""From images to what a network is shown: preprocessing, augmentation, coding, timing."""
